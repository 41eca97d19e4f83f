#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "model/words/words.h"

using namespace egressc;

namespace {

Address at(std::string_view text) { return parse_address(text).value(); }

}  // namespace

TEST_CASE("what is inside, in every way to write it") {
  for (const std::string_view text : {
           "0.0.0.0",
           "0.255.255.255",
           "10.0.0.0",
           "10.255.255.255",
           "100.64.0.0",
           "100.127.255.255",
           "127.0.0.1",
           "169.254.0.1",
           "172.16.0.1",
           "172.31.255.255",
           "192.0.0.0",
           "192.0.0.255",
           "192.168.0.1",
           "198.18.0.0",
           "198.19.255.255",
           "224.0.0.1",
           "239.255.255.255",
           "240.0.0.0",
           "255.255.255.255",
           "168.63.129.16",
           "::",
           "::1",
           "64:ff9b:1::",
           "64:ff9b:1:ffff::1",
           "100::",
           "100::ffff",
           "100:0:0:1::5",
           "2001:2::1",
           "2001:2:0:ffff::",
           "2001:10::1",
           "2001:1::4",
           "5f00::1",
           "fc00::1",
           "fdff::1",
           "fe80::1",
           "febf::1",
           "fec0::1",
           "feff::1",
           "ff02::1",
           "fd00:ec2::254",
           // 10.0.0.5, 192.168.0.5, 169.254.169.254 and 127.0.0.1, as IPv6 has them.
           "::ffff:10.0.0.5",
           "::10.0.0.5",
           "::ffff:0:a00:5",
           "64:ff9b::10.0.0.5",
           "64:ff9b::a9fe:a9fe",
           "64:ff9b::7f00:1",
           "2002:a00:5::1",
           "2002:c0a8:5::",
           "2002:7f00:1::",
           "2001:0:cb00:7101::f5ff:fffa",
           "2001:0:a00:5::",
           "2001:db8::5efe:10.0.0.5",
           "2001:db8::200:5efe:10.0.0.5",
           "::a9fe:a9fe",
       })
    CHECK_MESSAGE(is_inside_address(at(text)), text);
}

TEST_CASE("what is not inside") {
  for (const std::string_view text : {
           "1.1.1.1",
           "9.255.255.255",
           "11.0.0.0",
           "100.63.255.255",
           "100.128.0.0",
           "126.255.255.255",
           "128.0.0.0",
           "169.253.255.255",
           "172.15.255.255",
           "172.32.0.0",
           "192.0.1.0",
           "192.167.255.255",
           "192.169.0.0",
           "198.17.255.255",
           "198.20.0.0",
           "223.255.255.255",
           "168.63.129.17",
           // Documentation: nobody is there.
           "192.0.2.1",
           "198.51.100.1",
           "203.0.113.1",
           "2001:db8::1",
           "3fff::1",
           // Parts of 2001::/23 that are reachable.
           "2001:1::1",
           "2001:1::2",
           "2001:3::1",
           "2001:4:112::1",
           "2001:20::1",
           "2001:30::1",
           "2001:200::1",
           "2003::1",
           "2620:4f:8000::1",
           "100:0:0:2::1",
           "101::1",
           "5eff::1",
           "5f01::1",
           // 203.0.113.5
           "64:ff9b::cb00:7105",
           "2002:cb00:7105::1",
           "2001:0:cb00:7101::34ff:8efa",
           "::203.0.113.5",
           "::ffff:0:cb00:7105",
           "2001:db8::5efe:203.0.113.5",
       })
    CHECK_FALSE_MESSAGE(is_inside_address(at(text)), text);
}

TEST_CASE("the IPv4 addresses that an IPv6 address stands for") {
  struct Row {
    std::string_view text;
    std::string_view embedded;
  };
  const Row rows[] = {
      {"203.0.113.5", ""},
      {"2001:db8::5", ""},
      {"::", ""},
      {"::1", ""},
      {"::2", "0.0.0.2"},
      {"::cb00:7105", "203.0.113.5"},
      {"::1:cb00:7105", ""},
      {"::ffff:0:cb00:7105", "203.0.113.5"},
      {"64:ff9b::cb00:7105", "203.0.113.5"},
      {"64:ff9b::1:cb00:7105", ""},
      {"2002:cb00:7105:1::5", "203.0.113.5"},
      // RFC 4380, 4: the client's is inverted.
      {"2001:0:c633:6401:0:4000:34ff:8efa", "203.0.113.5, 198.51.100.1"},
      {"2001:db8::5efe:cb00:7105", "203.0.113.5"},
      {"fe80::200:5efe:203.0.113.5", "203.0.113.5"},
      {"2001:db8::100:5efe:203.0.113.5", ""},
      // RFC 6052, 2.2: behind 48, 56, 64 and 96 bits.
      {"64:ff9b:1:cb00:71:500::", "203.0.113.5, 0.113.5.0, 113.5.0.0"},
      {"64:ff9b:1:cb:0:7105::", "0.203.0.113, 203.0.113.5, 0.113.5.0"},
      {"64:ff9b:1:0:cb:71:500:0", "0.0.203.0, 0.203.0.113, 203.0.113.5, 5.0.0.0"},
      {"64:ff9b:1::cb00:7105", "0.0.0.203, 203.0.113.5"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const EmbeddedIpv4 embedded = embedded_ipv4(at(row.text));
    CHECK(joined(std::vector<Address>(embedded.begin(), embedded.end())) == row.embedded);
  }
}

TEST_CASE("the prefixes of IPv6 that stand for one of IPv4") {
  const auto forms = [](std::string_view text) { return joined(ipv6_forms(parse_prefix(text).value())); };
  CHECK(forms("203.0.113.0/24") ==
        "::ffff:0:cb00:7100/120, 64:ff9b::cb00:7100/120, 64:ff9b:1::cb00:7100/120, 2002:cb00:7100::/40, "
        "2001:0:cb00:7100::/56, 64:ff9b:1:cb00:71::/80, ::cb00:7100/120");
  CHECK(forms("10.0.0.0/8") ==
        "::ffff:0:a00:0/104, 64:ff9b::a00:0/104, 64:ff9b:1::a00:0/104, 2002:a00::/24, 2001:0:a00::/40, "
        "64:ff9b:1:a00::/56, ::a00:0/104");
  CHECK(forms("2001:db8::/32").empty());
  // :: and ::1 are left out.
  for (const std::string_view text : {"0.0.0.0/0", "0.0.0.0/8", "0.0.0.1", "0.0.0.0/31"})
    for (const Prefix& form : ipv6_forms(parse_prefix(text).value())) {
      CHECK_FALSE(contains(form, at("::")));
      CHECK_FALSE(contains(form, at("::1")));
    }
}

TEST_CASE("each address of a form stands for one of the prefix") {
  for (const std::string_view text :
       {"203.0.113.0/24", "10.0.0.0/8", "0.0.0.0/0", "198.51.100.7", "172.16.0.0/12", "0.0.0.0/8"}) {
    const Prefix prefix = parse_prefix(text).value();
    for (const Prefix& form : ipv6_forms(prefix))
      for (const Address& end : {range_of(form).first, range_of(form).last}) {
        CAPTURE(to_string(end));
        const EmbeddedIpv4 embedded = embedded_ipv4(end);
        // Behind 48 bits, zeros are read in no way.
        const bool reads = embedded.begin() != embedded.end();
        CHECK((!reads || std::any_of(embedded.begin(), embedded.end(),
                                     [&](const Address& address) { return contains(prefix, address); })));
      }
  }
}

TEST_CASE("private networks are told also by what stands for them") {
  for (const std::string_view text :
       {"10.0.0.5", "fec0::1", "64:ff9b::a00:5", "64:ff9b::/96", "2002:a00::/24", "::/0", "2001:db8::5efe:10.0.0.5"})
    CHECK_MESSAGE(is_private(parse_prefix(text).value()), text);
  for (const std::string_view text :
       {"203.0.113.5", "127.0.0.1", "64:ff9b::cb00:7105", "64:ff9b::cb00:7100/120", "2002:cb00:7100::/40"})
    CHECK_FALSE_MESSAGE(is_private(parse_prefix(text).value()), text);
}
