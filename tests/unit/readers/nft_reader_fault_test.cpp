// A fault in a printed text is a difference in its meaning.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

#include "egressc/backends.h"
#include "egressc/lower.h"
#include "policies.h"
#include "readers/nft_reader_fixture.h"

using namespace egressc;
using namespace egressc::policies;
using namespace egressc::test;

namespace {

Policy agents() {
  Policy policy;
  policy.scope = Scope::subjects;
  policy.deny = Deny::reject;
  policy.resolvers = {*parse_address("192.0.2.53")};
  Grant live = named("live.example", {"tcp/443"}, {"203.0.113.7", "2001:db8:1::7"});
  live.live = true;
  policy.subjects = {
      subject("a", {{1001, 1001}}, {},
              {grant("198.51.100.0/25", {"tcp/443-445", "icmp"}), grant("2001:db8::/32", {"udp/123"}), live}),
      subject("b", {{1003, 1004}}, {{7, 7}}, {grant("203.0.113.0/24", {"tcp"})}),
  };
  normalize(policy);
  return policy;
}

std::string without_line(std::string text, std::string_view part) {
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  const std::size_t start = text.rfind('\n', at) + 1;
  return text.erase(start, text.find('\n', at) + 1 - start);
}

std::string with(std::string text, std::string_view part, std::string_view other) {
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), other);
}

std::string compiled(const Policy& policy) {
  Diagnostics diagnostics;
  const auto lowered = lower_policy(policy, {"0.1.0", std::nullopt, ""}, diagnostics);
  REQUIRE(lowered.has_value());
  return print_nftables(lowered->ruleset);
}

}  // namespace

TEST_CASE("every fault in a text shows in its meaning") {
  const Policy policy = agents();
  const FlowSpace flows = flows_of(policy, std::nullopt);
  const std::string text = compiled(policy);
  REQUIRE(meaning_of(text).least == flows);
  const struct {
    const char* fault;
    std::string text;
  } cases[] = {
      {"a port more", with(text, "443-445", "443-446")},
      {"a port less", with(text, "443-445", "444-445")},
      {"a prefix too short", with(text, "198.51.100.0/25 . tcp", "198.51.100.0/24 . tcp")},
      {"a prefix too long", with(text, "2001:db8::/32", "2001:db8::/33")},
      {"another protocol", with(text, ". udp . 123", ". tcp . 123")},
      {"another uid", with(text, "1001 : goto", "1002 : goto")},
      {"a range of uids cut", with(text, "1003-1004 : goto", "1003 : goto")},
      {"another gid", with(text, "7 : goto", "8 : goto")},
      {"chains swapped", with(text, "7 : goto u1003_g7", "7 : goto u1001")},
      {"a jump lost", with(text, "1001 : goto u1001,\n\t\t\t", "")},
      {"IPv6 lost", without_line(text, "@u1001_6 counter")},
      {"pings lost", without_line(text, "@u1001_echo_4")},
      {"every ICMP type", with(text, "icmp type echo-request ip daddr @u1001_echo_4", "ip daddr @u1001_echo_4")},
      {"a live set lost", without_line(text, "tcp dport { 443 }")},
      {"a live set without ports", with(text, "tcp dport { 443 } ", "")},
      {"the end of a subject lost", without_line(text, "\tcounter goto deny")},
      {"only tcp denied", without_line(text, "reject with icmpx")},
      {"everybody denied", with(text, "policy accept", "policy drop")},
      {"everybody accepted", with(text, "\t\tct state established,related counter accept", "\t\tcounter accept")},
  };
  for (const auto& one : cases) {
    CAPTURE(one.fault);
    REQUIRE(one.text != text);
    const Meaning meaning = meaning_of(one.text);
    CHECK(meaning.least != flows);
    CHECK(meaning.least == meaning.most);
  }
}
