#include <doctest/doctest.h>

#include <string_view>

#include "egressc/readers.h"

using namespace egressc;

namespace {

constexpr std::string_view host = R"(# egressc, scope host
domain ip table filter {
    chain OUTPUT {
        policy DROP;
        jump EGRESSC-OUT;
    }
    chain EGRESSC-OUT {
        mod conntrack ctstate (RELATED ESTABLISHED) ctdir REPLY ACCEPT;
        proto udp sport 68 dport 67 ACCEPT;
        mod owner uid-owner 1000-1001 mod comment comment 'it is; # {' goto EGRESSC-U1000;
        outerface lo ACCEPT;
        mod owner uid-owner 0-4294967294 goto EGRESSC-DENY;
        proto icmp icmp-type 3 ACCEPT;
        goto EGRESSC-DENY;
    }
    chain EGRESSC-U1000 {
        daddr 192.0.2.0/24 proto tcp mod multiport destination-ports (22 440:443) ACCEPT;
        daddr 192.0.2.1/32 proto icmp icmp-type 8 ACCEPT;
        goto EGRESSC-DENY;
    }
    chain EGRESSC-DENY {
        mod limit limit 10/second limit-burst 20 LOG log-prefix 'egressc ' log-level info log-uid;
        proto tcp REJECT reject-with tcp-reset;
        REJECT reject-with icmp-admin-prohibited;
    }
}
domain ip6 table filter {
    chain OUTPUT {
        policy DROP;
        jump EGRESSC-OUT;
    }
    chain EGRESSC-OUT {
        proto ipv6-icmp icmpv6-type 135 mod hl hl-eq 255 ACCEPT;
        saddr fe80::/10 daddr ff02::1:2/128 proto udp sport 546 dport 547 ACCEPT;
        daddr 2001:db8::/32 proto tcp dport 443 ACCEPT;
    }
}
)";

FlowPoint flow(std::uint32_t uid, std::uint8_t protocol, std::string_view to, unsigned port) {
  return {uid, uid, false, protocol, parse_address(to).value(), static_cast<std::uint16_t>(port)};
}

Meaning meaning_of(std::string_view text, Family family) {
  Diagnostics diagnostics;
  const auto filter = read_ferm(text, "policy.ferm", family, diagnostics);
  INFO(diagnostics.render(false));
  REQUIRE(filter);
  return evaluate(*filter, FlowSpace::all());
}

}  // namespace

TEST_CASE("what egressc prints as ferm, IPv4") {
  const Meaning meaning = meaning_of(host, Family::ipv4);
  CHECK(meaning.least.contains(flow(1001, 6, "192.0.2.7", 441)));
  CHECK_FALSE(meaning.most.contains(flow(1001, 6, "192.0.2.7", 444)));
  CHECK_FALSE(meaning.most.contains(flow(1002, 6, "192.0.2.7", 441)));
  CHECK(meaning.least.contains(flow(1000, 1, "192.0.2.1", 8 << 8)));
  CHECK_FALSE(meaning.most.contains(flow(1000, 1, "192.0.2.2", 8 << 8)));
  CHECK(meaning.least.contains(flow(no_id, 1, "192.0.2.2", 3 << 8)));
  FlowPoint local = flow(1002, 6, "127.0.0.1", 80);
  local.loopback = true;
  CHECK(meaning.least.contains(local));
  const FlowPoint dhcp = flow(no_id, 17, "255.255.255.255", 67);
  CHECK(meaning.most.contains(dhcp));
  CHECK_FALSE(meaning.least.contains(dhcp));
  CHECK_FALSE(meaning.most.contains(flow(1000, 6, "2001:db8::1", 443)));
  REQUIRE(meaning.undecided.size() == 1);
  CHECK(meaning.undecided.front().text == "proto udp sport 68 dport 67 ACCEPT");
  CHECK(meaning.undecided.front().where == Location{"policy.ferm", 9, 0});
}

TEST_CASE("what egressc prints as ferm, IPv6") {
  const Meaning meaning = meaning_of(host, Family::ipv6);
  CHECK(meaning.least.contains(flow(5, 6, "2001:db8::1", 443)));
  CHECK_FALSE(meaning.most.contains(flow(5, 6, "2001:db8::1", 444)));
  const FlowPoint solicit = flow(no_id, 58, "ff02::1", 135 << 8);
  CHECK(meaning.most.contains(solicit));
  CHECK_FALSE(meaning.least.contains(solicit));
  CHECK(meaning.undecided.size() == 2);
}

TEST_CASE("an empty file lets everything through") {
  CHECK(meaning_of("# nothing\n", Family::ipv4).least == FlowSpace::all());
}

TEST_CASE("other ferm is refused") {
  const std::string_view rows[] = {
      "table filter { }",
      "domain (ip ip6) table filter { }",
      "domain ip table nat { }",
      "domain ip table filter {",
      "domain ip table filter { chain OUTPUT { `id`; } }",
      "domain ip table filter { chain OUTPUT { mod comment comment \"$x\" DROP; } }",
      "domain ip table filter { chain OUTPUT { mod comment comment 'x DROP; } }",
      "domain ip table filter { @include 'x'; }",
      "domain ip table filter { chain OUTPUT { jump; } }",
      "domain ip table filter { chain OUTPUT { policy RETURN; } }",
      "domain ip table filter { chain OTHER { policy DROP; } }",
      "domain ip table filter { chain OUTPUT { ACCEPT } }",
      "domain ip table filter { chain OUTPUT { proto tcp { ACCEPT; } } }",
      "domain ip table filter { chain OUTPUT { proto tcp dport; } }",
      "domain ip table filter { chain OUTPUT { dport 80 ACCEPT; } }",
      "domain ip table filter { chain OUTPUT { proto ! tcp ACCEPT; } }",
      "domain ip table filter { chain OUTPUT { proto tcp dport () ACCEPT; } }",
      "domain ip table filter { chain OUTPUT { 'ACCEPT'; } }",
      "domain ip table filter { chain OUTPUT { (ACCEPT); } }",
      "domain ip table filter { chain OUTPUT { sometimes ACCEPT; } }",
  };
  for (const std::string_view row : rows) {
    CAPTURE(row);
    Diagnostics diagnostics;
    CHECK_FALSE(read_ferm(row, "policy.ferm", Family::ipv4, diagnostics));
    CHECK(diagnostics.all().size() == 1);
  }
}
