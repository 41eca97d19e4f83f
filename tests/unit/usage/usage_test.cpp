#include "usage/usage.h"

#include "usage/usage_fixture.h"

using namespace egressc;
using namespace egressc::usage_tests;

namespace {

struct Wanted {
  std::string_view to;
  std::uint64_t packets;
  bool shared;
};

void check(const std::vector<GrantUsage>& grants, const std::vector<Wanted>& wanted) {
  REQUIRE(grants.size() == wanted.size());
  for (std::size_t i = 0; i < grants.size(); ++i) {
    CAPTURE(wanted[i].to);
    CHECK((grants[i].names.empty() ? grants[i].prefix : grants[i].names.front()) == wanted[i].to);
    CHECK(grants[i].count == Count{wanted[i].packets, wanted[i].packets * 60});
    CHECK(grants[i].shared == wanted[i].shared);
  }
}

}  // namespace

TEST_CASE("elements count for the grants they come from") {
  struct Row {
    std::string_view what;
    std::string_view grants;
    std::vector<SetCounts> sets;
    std::vector<Wanted> wanted;
  };
  const Row rows[] = {
      {"one each",
       "{to: 192.0.2.1, ports: [tcp/443]}, {to: 192.0.2.2, ports: [udp/53]}",
       {{"u1001_4", {element("192.0.2.1 tcp/443", 3), element("192.0.2.2 udp/53", 4)}}},
       {{"192.0.2.1", 3, false}, {"192.0.2.2", 4, false}}},
      {"a name's addresses, services and families add up",
       "{to: api.example.com, ports: [tcp/443, tcp/8443], addresses: [192.0.2.1, 192.0.2.2, \"2001:db8::7\"]}",
       {{"u1001_4",
         {element("192.0.2.1 tcp/443", 1), element("192.0.2.1 tcp/8443", 2), element("192.0.2.2 tcp/443", 4),
          element("192.0.2.2 tcp/8443", 8)}},
        {"u1001_6", {element("2001:db8::7 tcp/443", 16), element("2001:db8::7 tcp/8443", 32)}}},
       {{"api.example.com", 63, false}}},
      {"any is tcp and udp",
       "{to: 192.0.2.1, ports: [any/53]}",
       {{"u1001_4", {element("192.0.2.1 tcp/53", 1), element("192.0.2.1 udp/53", 2)}}},
       {{"192.0.2.1", 3, false}}},
      {"services that touch are one element",
       "{to: 192.0.2.1, ports: [tcp/1-10, tcp/11-20]}",
       {{"u1001_4", {element("192.0.2.1 tcp/1-20", 5)}}},
       {{"192.0.2.1", 5, false}}},
      {"two names at one address",
       "{to: a.example.com, ports: [tcp/443], addresses: [192.0.2.1]},"
       "{to: b.example.com, ports: [tcp/443], addresses: [192.0.2.1, 192.0.2.2]}",
       {{"u1001_4", {element("192.0.2.1 tcp/443", 5), element("192.0.2.2 tcp/443", 1)}}},
       {{"a.example.com", 5, true}, {"b.example.com", 6, true}}},
      {"what is shared but was not used",
       "{to: a.example.com, ports: [tcp/443], addresses: [192.0.2.1]},"
       "{to: b.example.com, ports: [tcp/443], addresses: [192.0.2.1, 192.0.2.2]}",
       {{"u1001_4", {element("192.0.2.1 tcp/443", 0), element("192.0.2.2 tcp/443", 1)}}},
       {{"a.example.com", 0, false}, {"b.example.com", 1, false}}},
      {"a grant inside another one",
       "{to: 192.0.2.0/24, ports: [tcp/443]}, {to: 192.0.2.1, ports: [tcp/440-445]}",
       {{"u1001_4",
         {element("192.0.2.0/24 tcp/443", 9), element("192.0.2.1 tcp/440-442", 1),
          element("192.0.2.1 tcp/444-445", 2)}}},
       {{"192.0.2.0/24", 9, true}, {"192.0.2.1", 12, true}}},
      {"an element inside another grant counts once for it, however many of its addresses are there",
       "{to: 192.0.2.0/24, ports: [tcp/443]},"
       "{to: a.example.com, ports: [tcp/443], addresses: [192.0.2.1, 192.0.2.2]}",
       {{"u1001_4", {element("192.0.2.0/24 tcp/443", 9)}}},
       {{"a.example.com", 9, true}, {"192.0.2.0/24", 9, true}}},
      {"port ranges that overlap become one element",
       "{to: 192.0.2.1, ports: [tcp/1-10]}, {to: 192.0.2.1, ports: [tcp/5-20], expires: 2099-12-31}",
       {{"u1001_4", {element("192.0.2.1 tcp/1-20", 7)}}},
       {{"192.0.2.1", 7, true}, {"192.0.2.1", 7, true}}},
      {"every port, and both ends",
       "{to: 192.0.2.1, ports: [tcp]}, {to: 192.0.2.2, ports: [udp/65535]}",
       {{"u1001_4", {element("192.0.2.1 tcp", 7), element("192.0.2.2 udp/65535", 1)}}},
       {{"192.0.2.1", 7, false}, {"192.0.2.2", 1, false}}},
      {"echo requests have sets of their own",
       "{to: 192.0.2.0/24, ports: [icmp]}, {to: 192.0.2.1, ports: [icmp, tcp/443]},"
       "{to: \"2001:db8::/32\", ports: [icmpv6]}",
       {{"u1001_4", {element("192.0.2.1 tcp/443", 1)}},
        {"u1001_echo_4", {element("192.0.2.0/24", 2)}},
        {"u1001_echo_6", {element("2001:db8::/32", 4)}}},
       {{"192.0.2.0/24", 2, true}, {"192.0.2.1", 3, true}, {"2001:db8::/32", 4, false}}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const Usage made = usage(grants(row.grants), {row.sets, {}});
    CHECK(made.strangers == 0);
    CHECK(made.by_grant);
    check(made.subjects.at(0).grants, row.wanted);
    for (const GrantUsage& grant : made.subjects.at(0).grants) CHECK(grant.loaded);
  }
}

TEST_CASE("a grant has its place and its words") {
  const Usage made =
      usage(grants("{to: [b.Example.com, a.example.com], ports: [tcp/443, udp], addresses: [192.0.2.1]}"),
            {{{"u1001_4", {element("192.0.2.1 tcp/443", 1)}}}, {}});
  const GrantUsage& grant = made.subjects.at(0).grants.at(0);
  CHECK(grant.where.file == "p.yaml");
  CHECK(grant.where.line == 4);
  CHECK(grant.where.column == 30);
  CHECK(grant.names == std::vector<std::string>{"a.example.com", "b.Example.com"});
  CHECK(grant.services == std::vector<std::string>{"tcp/443", "udp"});
  CHECK(made.subjects[0].label == "agent");
  CHECK(made.subjects[0].uids == std::vector<IdRange>{{1001, 1001}});
}

TEST_CASE("resolvers are a line of their own") {
  const Policy both = grants("{to: 192.0.2.53, ports: [udp/53]}, {to: 192.0.2.0/24, ports: [tcp/53]}",
                             "resolvers: [192.0.2.53, \"2001:db8::53\"]\n");
  const Usage made = usage(both, {{{"u1001_4", {element("192.0.2.53 udp/53", 3), element("192.0.2.0/24 tcp/53", 4)}},
                                   {"u1001_6", {element("2001:db8::53 udp/53", 8)}}},
                                  {}});
  CHECK(made.strangers == 0);
  CHECK(made.subjects.at(0).resolvers->count == Count{15, 900});
  CHECK(made.subjects.at(0).resolvers->shared);
  check(made.subjects.at(0).grants, {{"192.0.2.0/24", 4, true}, {"192.0.2.53", 3, true}});
  CHECK(!usage(grants("{to: 192.0.2.1, ports: [tcp]}"), {}).subjects.at(0).resolvers);
}

TEST_CASE("live names by the rules that look their sets up") {
  const Policy live = grants(
      "{to: api.example.com, ports: [tcp/443], live: true},"
      "{to: api.example.com, ports: [tcp/80], live: true, expires: 2099-12-31},"
      "{to: api.example.com, ports: [icmp], addresses: [192.0.2.1]},"
      "{to: \"*.example.com\", ports: [any], live: true},"
      "{to: \"*.example.com\", ports: [tcp, udp], addresses: [192.0.2.7], live: true, expires: 2099-12-31}");
  const Ruleset rules = lowered(live);
  const auto& sets = rules.groups.at(0).subjects.at(0).live;
  REQUIRE(sets.size() == 3);
  TableCounts counts;
  std::uint64_t packets = 1;
  for (const LiveSet& set : sets) {
    for (const std::string_view family : {"_4", "_6"})
      counts.rules.push_back(rule("u1001", End::accepts, packets, set.identifier + std::string(family), set.comment));
    packets *= 10;
  }
  counts.rules.push_back(rule("u1002", End::accepts, 7, sets[0].identifier + "_4", sets[0].comment));
  counts.rules.push_back(rule("u1001", End::accepts, 5, "n_0000000000000000_4", "api.example.com"));
  const Usage made = usage_of(live, rules, counts, std::nullopt);
  CHECK(made.strangers == 2);
  CHECK(made.unattributed == Count{12, 720});
  const auto& grants = made.subjects.at(0).grants;
  REQUIRE(grants.size() == 5);
  std::uint64_t once = 0;
  for (const GrantUsage& grant : grants) {
    CAPTURE(grant.names.front());
    CAPTURE(grant.services.front());
    CHECK(grant.loaded == grant.live);  // of the pinned one nothing was listed
    const bool is_wildcard = grant.names.front().starts_with('*');
    CHECK(grant.shared == is_wildcard);
    once += is_wildcard ? grant.count.packets / 2 : grant.count.packets;
  }
  CHECK(once == 222);
  CHECK(made.subjects[0].allowed == Count{once + 5, (once + 5) * 60});
}

TEST_CASE("what is not of this policy is summed") {
  const Usage made = usage(
      grants("{to: 192.0.2.0/24, ports: [tcp/443]}"),
      {{{"u1001_4",
         {element("192.0.2.0/24 tcp/443", 1), element("192.0.2.0/24 tcp/444", 2), element("192.0.2.0/25 tcp/443", 4),
          element("192.0.2.0/24 udp/443", 8), ElementCount{std::nullopt, {}, {}, {16, 960}},
          ElementCount{AddressRange{ipv4(1), ipv4(6)}, Protocol::tcp, {443, 443}, {32, 1920}}}},
        {"u1002_4", {element("192.0.2.0/24 tcp/443", 64)}},
        {"u1001_echo_4", {element("192.0.2.0/24", 128)}}},
       {rule("u1001", End::accepts, 1, "u1001_4"), rule("u1001", End::accepts, 256), rule("mine", End::accepts, 512),
        rule("mine", End::other, 9999)}});
  CHECK(made.strangers == 9);
  CHECK(made.unattributed == Count{1022, 1022 * 60});
  CHECK(made.subjects.at(0).allowed == Count{257, 257 * 60});
  check(made.subjects.at(0).grants, {{"192.0.2.0/24", 1, false}});
}

TEST_CASE("who was denied, and what passes before any subject is looked at") {
  const Policy host = policy(
      "egressc: 1\nscope: host\nbaseline: [loopback]\nsubjects:\n  agent: {uid: 1001, allow: []}\n"
      "  one: {uid: 1002, gid: 7, allow: []}\n");
  RuleCount open = rule("output", End::accepts, 1000);
  open.established = true;
  const Usage made =
      usage(host, {{},
                   {open, rule("output", End::accepts, 3), rule("u1001", End::goes_to_deny, 4),
                    rule("u1002_g7", End::goes_to_deny, 5), rule("u1002", End::goes_to_deny, 6),
                    rule("output", End::goes_to_deny, 7), rule("u1001", End::denies, 8), rule("deny", End::denies, 9),
                    rule("deny", End::denies, 13), rule("deny", End::other, 99)}});
  CHECK(made.established == Count{1000, 60000});
  CHECK(made.baseline == Count{3, 180});
  CHECK(made.denied == Count{30, 1800});  // 8 did not come to the chain
  CHECK(made.denied_others == Count{13, 780});
  CHECK(made.subjects.at(0).denied == Count{12, 720});
  CHECK(made.subjects.at(1).denied == Count{5, 300});
  CHECK(!made.monitors);
  CHECK(made.opening_only);
}

TEST_CASE("in monitor mode what would be denied is accepted at the end") {
  const Usage made = usage(grants("", "mode: monitor\n"), {{}, {rule("deny", End::accepts, 9)}});
  CHECK(made.monitors);
  CHECK(made.denied == Count{9, 540});
  CHECK(made.strangers == 0);
}

TEST_CASE("connections that are cut count packet by packet") {
  CHECK(!usage(grants("", "established: cut\n"), {}).opening_only);
}

TEST_CASE("a table whose sets do not count by element") {
  SetCounts set{"u1001_4", {}, 2};
  const Usage made =
      usage(grants("{to: 192.0.2.0/24, ports: [tcp/443]}"), {{set}, {rule("u1001", End::accepts, 7, "u1001_4")}});
  CHECK(!made.by_grant);
  CHECK(made.subjects.at(0).allowed == Count{7, 420});
  CHECK(!made.subjects.at(0).denied);
  CHECK(made.strangers == 0);
}

TEST_CASE("grants that have expired are not what counts") {
  const Policy old = grants(
      "{to: 192.0.2.0/24, ports: [tcp/443]}, {to: 192.0.2.1, ports: [tcp/443], expires: 2026-01-01},"
      "{to: a.example.com, ports: [tcp], live: true, expires: 2026-01-01}");
  const Usage made = usage(old, {{{"u1001_4", {element("192.0.2.0/24 tcp/443", 2)}}}, {}}, CivilDate{2026, 6, 1});
  const auto& grants = made.subjects.at(0).grants;
  REQUIRE(grants.size() == 3);
  CHECK(grants[0].expired);
  CHECK(!grants[0].loaded);
  check(grants, {{"a.example.com", 0, false}, {"192.0.2.0/24", 2, false}, {"192.0.2.1", 0, false}});
  CHECK(grants[1].loaded);
  CHECK(!grants[1].expired);
  CHECK(grants[2].expired);
}
