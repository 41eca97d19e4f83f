#include "egressc/lower.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "policies.h"

using namespace egressc;
using policies::grant;
using policies::named;
using policies::subject;

namespace {

Lowered lowered(const Policy& policy, LowerOptions options = {}) {
  Diagnostics diagnostics;
  auto result = lower_policy(policy, options, diagnostics);
  REQUIRE_MESSAGE(result, diagnostics.render(false));
  CHECK(diagnostics.all().empty());
  return *std::move(result);
}

std::string after(std::string_view pass, const Policy& policy) {
  LowerOptions options;
  options.dump_after = pass;
  return lowered(policy, options).dump;
}

Policy one_subject(std::vector<Grant> grants) {
  Policy policy;
  policy.subjects = {subject("s", {{1001, 1001}}, {}, std::move(grants))};
  return policy;
}

}  // namespace

TEST_CASE("passes have names in the order they run") {
  const auto passes = lowering_passes();
  CHECK(std::vector<std::string_view>(passes.begin(), passes.end()) ==
        std::vector<std::string_view>{"expand", "split", "disjoint", "group"});
}

TEST_CASE("each pass can be looked at") {
  Policy policy = one_subject({grant("192.0.2.0/24", {"any/443", "icmp", "icmpv6"}),
                               named("api.example.com", {"tcp/80"}, {"198.51.100.7", "2001:db8::7"})});
  policy.resolvers = {*parse_address("127.0.0.53")};
  CHECK(after("expand", policy) ==
        "subject s: uid 1001, gid any\n"
        "  127.0.0.53 tcp/53\n"
        "  127.0.0.53 udp/53\n"
        "  192.0.2.0/24 tcp/443\n"
        "  192.0.2.0/24 udp/443\n"
        "  192.0.2.0/24 icmp\n"
        "  192.0.2.0/24 icmpv6\n"
        "  198.51.100.7 tcp/80\n"
        "  2001:db8::7 tcp/80\n");
  CHECK(after("split", policy) ==
        "subject s: uid 1001, gid any\n"
        "  127.0.0.53 tcp/53\n"
        "  127.0.0.53 udp/53\n"
        "  192.0.2.0/24 tcp/443\n"
        "  192.0.2.0/24 udp/443\n"
        "  198.51.100.7 tcp/80\n"
        "  2001:db8::7 tcp/80\n"
        "  192.0.2.0/24 echo\n");
  CHECK(after("disjoint", policy) ==
        "subject s: uid 1001, gid any\n"
        "  127.0.0.53 tcp/53\n"
        "  127.0.0.53 udp/53\n"
        "  192.0.2.0/24 tcp/443\n"
        "  192.0.2.0/24 udp/443\n"
        "  198.51.100.7 tcp/80\n"
        "  2001:db8::7 tcp/80\n"
        "  192.0.2.0/24 echo\n");
  CHECK(after("group", policy) ==
        "group: uid 1001\n"
        "  s: gid any, chain u1001\n"
        "    127.0.0.53 tcp/53\n"
        "    127.0.0.53 udp/53\n"
        "    192.0.2.0/24 tcp/443\n"
        "    192.0.2.0/24 udp/443\n"
        "    198.51.100.7 tcp/80\n"
        "    2001:db8::7 tcp/80\n"
        "    192.0.2.0/24 echo\n");
}

TEST_CASE("boxes do not overlap, and keep the prefixes of the policy") {
  struct Row {
    std::vector<Grant> grants;
    std::string boxes;
  };
  const Row rows[] = {
      {{grant("10.0.0.0/8", {"tcp/80"}), grant("10.0.0.1", {"tcp/80"})}, "  10.0.0.0/8 tcp/80\n"},
      {{grant("10.0.0.0/8", {"tcp/80-90"}), grant("10.0.0.1", {"tcp/85-100"})},
       "  10.0.0.0/8 tcp/80-90\n  10.0.0.1 tcp/91-100\n"},
      {{grant("10.0.0.0/8", {"tcp/443"}), grant("10.0.0.1", {"tcp"})},
       "  10.0.0.0/8 tcp/443\n  10.0.0.1 tcp/0-442\n  10.0.0.1 tcp/444-65535\n"},
      {{grant("10.0.0.0/8", {"tcp/80"}), grant("10.0.0.1", {"udp/80"})}, "  10.0.0.0/8 tcp/80\n  10.0.0.1 udp/80\n"},
      {{grant("10.0.0.0/25", {"tcp/80"}), grant("10.0.0.128/25", {"tcp/80"})},
       "  10.0.0.0/25 tcp/80\n  10.0.0.128/25 tcp/80\n"},
      {{grant("192.0.2.1", {"tcp/80", "tcp/81-90", "tcp/85-443", "tcp/445"})},
       "  192.0.2.1 tcp/80-443\n  192.0.2.1 tcp/445\n"},
      {{grant("0.0.0.0/0", {"tcp/443"}), grant("::/0", {"tcp/443"}), grant("2001:db8::/32", {"tcp/443-444"})},
       "  0.0.0.0/0 tcp/443\n  ::/0 tcp/443\n  2001:db8::/32 tcp/444\n"},
      {{grant("10.0.0.0/8", {"tcp/1"}), grant("10.0.0.0/16", {"tcp/2"}), grant("10.0.0.0/24", {"tcp/1-3"}),
        grant("10.0.1.0/24", {"tcp/1-3"}), grant("11.0.0.0/8", {"tcp/2"})},
       "  10.0.0.0/24 tcp/3\n  10.0.0.0/16 tcp/2\n  10.0.0.0/8 tcp/1\n  10.0.1.0/24 tcp/3\n  11.0.0.0/8 tcp/2\n"},
      {{grant("192.0.2.0/24", {"icmp"}), grant("192.0.2.7", {"icmp"}), grant("192.0.2.9", {"icmpv6"}),
        grant("2001:db8::/64", {"icmp"}), grant("2001:db8::1", {"icmpv6"})},
       "  192.0.2.0/24 echo\n  2001:db8::1 echo\n"},
      {{}, ""},
  };
  for (const Row& row : rows)
    CHECK(after("disjoint", one_subject(row.grants)) == "subject s: uid 1001, gid any\n" + row.boxes);
}

TEST_CASE("a grant ends with the day it expires on") {
  Policy policy = one_subject({grant("192.0.2.1", {"tcp/80"}), grant("192.0.2.2", {"tcp/80"})});
  policy.subjects[0].allow[1].expires = CivilDate{2026, 12, 31};
  struct Row {
    std::optional<CivilDate> today;
    std::size_t boxes;
    std::string note;
  };
  const Row rows[] = {
      {std::nullopt, 2, ""},
      {CivilDate{2026, 12, 31}, 2, ""},
      {CivilDate{2027, 1, 1}, 1, "1 grant left out, expired before 2027-01-01"},
  };
  for (const Row& row : rows) {
    LowerOptions options;
    options.today = row.today;
    const Ruleset ruleset = lowered(policy, options).ruleset;
    CHECK(ruleset.groups.at(0).subjects.at(0).boxes.size() == row.boxes);
    CHECK(ruleset.note == row.note);
  }
}

TEST_CASE("subjects that share uids make one group") {
  Policy policy;
  SUBCASE("uids alone") {
    policy.subjects = {subject("a", {{5, 9}, {1001, 1001}}, {}, {}), subject("b", {{10, 10}}, {}, {})};
    CHECK(after("group", policy) ==
          "group: uid 5-9,1001\n  a: gid any, chain u5\n"
          "group: uid 10\n  b: gid any, chain u10\n");
  }
  SUBCASE("told apart by gid") {
    policy.subjects = {subject("a", {{1001, 1001}}, {{5, 5}, {7, 8}}, {}), subject("b", {{1001, 1001}}, {{6, 6}}, {})};
    CHECK(after("group", policy) ==
          "group: uid 1001, chain u1001\n"
          "  a: gid 5,7-8, chain u1001_g5\n"
          "  b: gid 6, chain u1001_g6\n");
  }
  SUBCASE("gids alone") {
    policy.subjects = {subject("a", {}, {{100, 100}}, {}), subject("b", {}, {{200, 300}}, {})};
    CHECK(after("group", policy) == "group: uid any\n  a: gid 100, chain g100\n  b: gid 200-300, chain g200\n");
  }
  SUBCASE("names that would be too long for a chain") {
    policy.subjects = {subject("a", {{4294967294, 4294967294}}, {{4294967293, 4294967293}}, {}),
                       subject("b", {{4294967294, 4294967294}}, {{4294967294, 4294967294}}, {})};
    CHECK(after("group", policy) ==
          "group: uid 4294967294, chain u4294967294\n"
          "  a: gid 4294967293, chain u4294967294_0\n"
          "  b: gid 4294967294, chain u4294967294_1\n");
  }
}

TEST_CASE("a live grant becomes a set of its own") {
  Policy policy = one_subject({named("a-b.example", {"any/443", "tcp/444", "icmp"}, {"192.0.2.1"}),
                               named("a.b.example", {"tcp/443"}, {}), named("*.example", {"tcp"}, {"2001:db8::1"})});
  for (Grant& live : policy.subjects[0].allow) live.live = true;
  policy.subjects.push_back(policy.subjects[0]);
  policy.subjects[1].uids = {{1002, 1002}};
  const Ruleset ruleset = lowered(policy).ruleset;
  REQUIRE(ruleset.groups.size() == 2);
  const SubjectRules& rules = ruleset.groups[0].subjects.at(0);
  CHECK(rules.boxes.empty());
  REQUIRE(rules.live.size() == 3);
  std::vector<std::string> identifiers;
  for (const UidGroup& group : ruleset.groups)
    for (const LiveSet& set : group.subjects.at(0).live) identifiers.push_back(set.identifier);
  for (const std::string& identifier : identifiers) {
    CHECK(identifier.size() == 18);
    CHECK(identifier.starts_with("n_"));
  }
  std::sort(identifiers.begin(), identifiers.end());
  CHECK(std::adjacent_find(identifiers.begin(), identifiers.end()) == identifiers.end());
  CHECK(rules.live[0].comment == "a-b.example");
  CHECK(rules.live[0].services ==
        std::vector<Service>{{Protocol::tcp, {443, 444}}, {Protocol::udp, {443, 443}}, {Protocol::icmp, {}}});
  CHECK(rules.live[0].addresses == std::vector<Prefix>{*parse_prefix("192.0.2.1")});
  CHECK(rules.live[2].comment == "below example");
}

TEST_CASE("grants that multiply are refused") {
  std::vector<Grant> grants;
  for (unsigned port = 1; port < 4000; port += 2) grants.push_back(grant("0.0.0.0/0", {"tcp/" + std::to_string(port)}));
  for (std::uint32_t host = 0; host < 2000; ++host) {
    grants.push_back(grant("192.0.2.1", {"tcp"}));
    grants.back().prefix = single(ipv4(0x0a000000 + host));
  }
  Diagnostics diagnostics;
  CHECK_FALSE(lower_policy(one_subject(std::move(grants)), {}, diagnostics));
  CHECK(diagnostics.has_errors());
}
