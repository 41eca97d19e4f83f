#include "egressc/address.h"

#include <doctest/doctest.h>

#include <string>

#include "model/values/ranges.h"

using namespace egressc;

TEST_CASE("addresses in their many spellings") {
  struct Row {
    const char* text;
    const char* canonical;  // nullptr: refused
  };
  const Row rows[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"256.0.2.1", nullptr},
      {"192.0.2", nullptr},
      {"192.0.2.1.5", nullptr},
      {"192.0.2.01", nullptr},
      {"192.0.2.1 ", nullptr},
      {"0xc0.0.2.1", nullptr},
      {"", nullptr},
      {"::", "::"},
      {"::1", "::1"},
      {"2001:db8::7", "2001:db8::7"},
      {"2001:0db8:0000:0000:0000:0000:0000:0007", "2001:db8::7"},
      {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:db8::", "2001:db8::"},
      {"::ffff:198.51.100.7", "198.51.100.7"},
      {"::ffff:c633:6407", "198.51.100.7"},
      {"64:ff9b::198.51.100.7", "64:ff9b::c633:6407"},
      {"1:2:3:4:5:6:7", nullptr},
      {"1:2:3:4:5:6:7:8:9", nullptr},
      {"1::2::3", nullptr},
      {":::", nullptr},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::1:2:3:4:5:6:7:8", nullptr},
      {"12345::", nullptr},
      {"fe80::1%eth0", nullptr},
      {"[2001:db8::7]", nullptr},
      {"2001:db8::7:", nullptr},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto address = parse_address(row.text);
    REQUIRE(address.has_value() == (row.canonical != nullptr));
    if (address) CHECK(to_string(*address) == row.canonical);
  }
}

TEST_CASE("prefixes") {
  struct Row {
    const char* text;
    const char* canonical;
  };
  const Row rows[] = {
      {"203.0.113.0/24", "203.0.113.0/24"},
      {"203.0.113.7", "203.0.113.7"},
      {"203.0.113.7/32", "203.0.113.7"},
      {"203.0.113.7/24", nullptr},
      {"0.0.0.0/0", "0.0.0.0/0"},
      {"203.0.113.0/33", nullptr},
      {"203.0.113.0/", nullptr},
      {"203.0.113.0/024", nullptr},
      {"2001:db8::/32", "2001:db8::/32"},
      {"2001:db8::1/32", nullptr},
      {"::/0", "::/0"},
      {"2001:db8::/129", nullptr},
      {"2001:db8::1/128", "2001:db8::1"},
      {"::ffff:192.0.2.0/120", nullptr},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto prefix = parse_prefix(row.text);
    REQUIRE(prefix.has_value() == (row.canonical != nullptr));
    if (prefix) CHECK(to_string(*prefix) == row.canonical);
  }
  CHECK(contains(*parse_prefix("203.0.113.0/24"), *parse_address("203.0.113.255")));
  CHECK_FALSE(contains(*parse_prefix("203.0.113.0/24"), *parse_address("203.0.114.0")));
  CHECK_FALSE(contains(*parse_prefix("::/0"), *parse_address("203.0.113.1")));
  CHECK(contains(*parse_prefix("2001:db8::/32"), *parse_prefix("2001:db8:1::/48")));
  CHECK_FALSE(contains(*parse_prefix("2001:db8:1::/48"), *parse_prefix("2001:db8::/32")));
}

TEST_CASE("a range is the fewest prefixes") {
  const auto cover = [](const char* first, const char* last) {
    std::string text;
    for (const Prefix& prefix : prefixes_of({*parse_address(first), *parse_address(last)}))
      text += to_string(prefix) + " ";
    return text;
  };
  CHECK(cover("0.0.0.0", "255.255.255.255") == "0.0.0.0/0 ");
  CHECK(cover("192.0.2.1", "192.0.2.1") == "192.0.2.1 ");
  CHECK(cover("192.0.2.1", "192.0.2.6") == "192.0.2.1 192.0.2.2/31 192.0.2.4/31 192.0.2.6 ");
  CHECK(cover("255.255.255.254", "255.255.255.255") == "255.255.255.254/31 ");
  CHECK(cover("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == "::/0 ");
  CHECK(cover("2001:db8::", "2001:db8:0:1::") == "2001:db8::/64 2001:db8:0:1:: ");
}

TEST_CASE("neighbours of an address") {
  CHECK(to_string(*next(*parse_address("192.0.2.255"))) == "192.0.3.0");
  CHECK_FALSE(next(*parse_address("255.255.255.255")));
  CHECK(to_string(*next(*parse_address("2001:db8::ffff:ffff:ffff:ffff"))) == "2001:db8:0:1::");
  CHECK_FALSE(next(*parse_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")));
  CHECK(to_string(*previous(*parse_address("2001:db8:0:1::"))) == "2001:db8::ffff:ffff:ffff:ffff");
  CHECK_FALSE(previous(*parse_address("0.0.0.0")));
}

TEST_CASE("what kind of address it is") {
  CHECK(is_loopback(*parse_address("127.255.0.1")));
  CHECK(is_loopback(*parse_address("::1")));
  CHECK_FALSE(is_loopback(*parse_address("128.0.0.1")));
  CHECK(is_link_local(*parse_address("fe80::1")));
  CHECK(is_link_local(*parse_address("febf::1")));
  CHECK_FALSE(is_link_local(*parse_address("fec0::1")));
  CHECK(is_multicast(*parse_address("224.0.0.251")));
  CHECK(is_multicast(*parse_address("239.255.255.250")));
  CHECK_FALSE(is_multicast(*parse_address("240.0.0.1")));
  CHECK(is_multicast(*parse_address("ff02::fb")));
  CHECK(is_metadata(*parse_address("169.254.169.254")));
  CHECK(is_metadata(*parse_address("fd00:ec2::254")));
  CHECK(is_metadata(*parse_address("::ffff:169.254.169.254")));
  CHECK_FALSE(is_metadata(*parse_address("169.254.169.255")));
}

TEST_CASE("services") {
  struct Row {
    const char* text;
    const char* canonical;
  };
  const Row rows[] = {
      {"tcp/443", "tcp/443"},     {"udp/1000-2000", "udp/1000-2000"},
      {"any/53", "any/53"},       {"tcp", "tcp"},
      {"icmp", "icmp"},           {"icmpv6", "icmpv6"},
      {"icmp/8", nullptr},        {"tcp/65536", nullptr},
      {"tcp/0443", nullptr},      {"tcp/", nullptr},
      {"tcp/2-1", nullptr},       {"sctp/5", nullptr},
      {"tcp/443-443", "tcp/443"}, {"tcp/1-", nullptr},
      {"TCP/443", nullptr},       {"tcp/0-65535", "tcp"},
      {"tcp/0", nullptr},         {"tcp/443 ", nullptr},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto service = parse_service(row.text);
    REQUIRE(service.has_value() == (row.canonical != nullptr));
    if (service) CHECK(to_string(*service) == row.canonical);
  }
}

TEST_CASE("A protocol of a service stands for numbers") {
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::icmp, Protocol::icmpv6}) {
    REQUIRE(ip_protocols(protocol).size() == 1);
    CHECK(to_string(protocol) == (ip_protocols(protocol)[0] == 6    ? "tcp"
                                  : ip_protocols(protocol)[0] == 17 ? "udp"
                                  : ip_protocols(protocol)[0] == 1  ? "icmp"
                                                                    : "icmpv6"));
  }
  REQUIRE(ip_protocols(Protocol::any).size() == 2);
  CHECK(ip_protocols(Protocol::any)[0] == ip_protocol::tcp);
  CHECK(ip_protocols(Protocol::any)[1] == ip_protocol::udp);
}

TEST_CASE("Both ends belong to a range") {
  const std::vector<IdRange> ranges = {{1, 1}, {5, 7}};
  CHECK(contains(ranges, 1));
  CHECK(contains(ranges, 5));
  CHECK(contains(ranges, 7));
  CHECK_FALSE(contains(ranges, 4));
  CHECK_FALSE(contains(ranges, 8));
  CHECK_FALSE(contains(std::vector<IdRange>{}, 0));
  CHECK(contains(PortRange{80, 81}, 81));
  CHECK_FALSE(contains(PortRange{80, 81}, 82));
}

TEST_CASE("The prefix around an address") {
  const auto around = [](std::string_view address, std::uint8_t length) {
    return to_string(prefix_around(parse_address(address).value(), length));
  };
  CHECK(around("203.0.113.77", 24) == "203.0.113.0/24");
  CHECK(around("203.0.113.77", 32) == "203.0.113.77");
  CHECK(around("203.0.113.77", 0) == "0.0.0.0/0");
  CHECK(around("2001:db8:1:2:3:4:5:6", 32) == "2001:db8::/32");
  CHECK(around("2001:db8:1:2:3:4:5:6", 72) == "2001:db8:1:2::/72");
  CHECK(around("2001:db8:1:2:3:4:5:6", 0) == "::/0");
}

TEST_CASE("Metadata services are listed as they are recognized") {
  CHECK(metadata_addresses().size() == 7);
  for (const Address& address : metadata_addresses()) CHECK(is_metadata(address));
  CHECK(is_metadata(Address{Family::ipv6, 0, 0xa9fea9fe}));  // IPv4-compatible
  CHECK_FALSE(is_metadata(Address{Family::ipv6, 0, 0xa9fea9ff}));
}

TEST_CASE("Ranges that overlap or touch become one, and a prefix within another goes") {
  std::vector<PortRange> ports = {{443, 443}, {65535, 65535}, {80, 90}, {85, 100}, {101, 101}, {0, 0}};
  join_ranges(ports);
  CHECK(ports == std::vector<PortRange>{{0, 0}, {80, 101}, {443, 443}, {65535, 65535}});
  std::vector<IdRange> ids = {{5, no_id}, {0, 4}};
  join_ranges(ids);
  CHECK(ids == std::vector<IdRange>{{0, no_id}});
  std::vector<Prefix> prefixes;
  for (const char* text : {"10.0.0.1", "2001:db8::/32", "10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8", "192.0.2.1"})
    prefixes.push_back(parse_prefix(text).value());
  drop_contained(prefixes);
  REQUIRE(prefixes.size() == 3);
  CHECK(to_string(prefixes[0]) == "10.0.0.0/8");
  CHECK(to_string(prefixes[1]) == "192.0.2.1");
  CHECK(to_string(prefixes[2]) == "2001:db8::/32");
}
