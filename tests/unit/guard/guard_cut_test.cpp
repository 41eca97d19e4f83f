#include <doctest/doctest.h>

#include "guard_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

struct Row {
  const char* guard;
  const char* policy;
  const char* left;  // as describe() tells it
};

void check_rows(std::span<const Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.guard);
    CAPTURE(row.policy);
    const Ceiling ceiling({guard_of(row.guard)});
    Policy cut_policy = policy(row.policy);
    const bool is_beyond = !flows_beyond(cut_policy, ceiling.guards()).empty();
    const std::size_t count = cut(cut_policy, ceiling);
    CHECK(describe(cut_policy) == row.left);
    CHECK((count != 0) == (describe(cut_policy).find("[guard]") != std::string::npos));
    if (is_beyond) CHECK(count != 0);
    CHECK(flows_beyond(cut_policy, ceiling.guards()).empty());
    CHECK(excess_of(cut_policy, ceiling).empty());
    const std::string once = write_policy_yaml(cut_policy);
    CHECK(cut(cut_policy, ceiling) == 0);
    CHECK(write_policy_yaml(cut_policy) == once);
  }
}

}  // namespace

TEST_CASE("addresses and ports") {
  const Row rows[] = {
      {"never: [{to: private}]", "[{to: 10.0.0.5, ports: [tcp/443]}]", "a: [guard] 10.0.0.5 tcp/443;\n"},
      {"never: [{to: private}]", "[{to: 11.0.0.5, ports: [tcp/443]}]", "a: 11.0.0.5 tcp/443;\n"},
      {"never: [{to: private, except: [10.0.0.0/24]}]",
       "[{to: 10.0.0.5, ports: [tcp/443]}, {to: 10.0.1.5, ports: [tcp/443]}]",
       "a: 10.0.0.5 tcp/443; [guard] 10.0.1.5 tcp/443;\n"},
      {"never: [{to: 192.0.2.0/24, ports: [tcp/22]}]", "[{to: 192.0.2.7, ports: [tcp/22, tcp/443]}]",
       "a: 192.0.2.7 tcp/443; [guard] 192.0.2.7 tcp/22;\n"},
      {"never: [{to: 192.0.2.0/24, ports: [udp]}]", "[{to: 192.0.2.7, ports: [any/443]}]",
       "a: 192.0.2.7 tcp/443; [guard] 192.0.2.7 udp/443;\n"},
      {"never: [{to: 192.0.2.7, ports: [tcp/100-199]}]", "[{to: 192.0.2.7, ports: [tcp/50-150]}]",
       "a: 192.0.2.7 tcp/50-99; [guard] 192.0.2.7 tcp/100-150;\n"},
      // A prefix is cut into what is left of it.
      {"never: [{to: 192.0.2.64/26}]", "[{to: 192.0.2.0/24, ports: [tcp/443]}]",
       "a: 192.0.2.0/26 tcp/443; 192.0.2.128/25 tcp/443; [guard] 192.0.2.64/26 tcp/443;\n"},
      // Parts of which the guard says the same come together again.
      {"never: [{to: 192.0.2.64/26, ports: [udp]}]", "[{to: 192.0.2.0/24, ports: [tcp/443]}]",
       "a: 192.0.2.0/24 tcp/443;\n"},
      {"allow: [{to: any, ports: [tcp/443, tcp/22]}]",
       "[{to: 192.0.2.7, ports: [tcp/443, tcp/80]}, {to: \"2001:db8::7\", ports: [tcp/22, icmpv6]}]",
       "a: 192.0.2.7 tcp/443; 2001:db8::7 tcp/22; [guard] 192.0.2.7 tcp/80; [guard] 2001:db8::7 icmpv6;\n"},
      {"allow: [{to: 192.0.2.0/25}, {to: 192.0.2.128/25, ports: [tcp/443]}]", "[{to: 192.0.2.0/24, ports: [tcp/22]}]",
       "a: 192.0.2.0/25 tcp/22; [guard] 192.0.2.128/25 tcp/22;\n"},
      // What is never wins.
      {"allow: [{to: 192.0.2.0/24}]\nnever: [{to: 192.0.2.7}]",
       "[{to: 192.0.2.7, ports: [tcp/22]}, {to: 192.0.2.8, ports: [tcp/22]}]",
       "a: 192.0.2.8 tcp/22; [guard] 192.0.2.7 tcp/22;\n"},
  };
  check_rows(rows);
}

TEST_CASE("names") {
  const Row rows[] = {
      {"never: [{to: pastebin.example}]",
       "[{to: pastebin.example, ports: [tcp/443], addresses: [192.0.2.7]}, "
       "{to: www.pastebin.example, ports: [tcp/443], addresses: [192.0.2.9]}]",
       "a: www.pastebin.example tcp/443 @192.0.2.9; [guard] pastebin.example tcp/443 @192.0.2.7;\n"},
      {"never: [{to: \"*.pastebin.example\"}]",
       "[{to: pastebin.example, ports: [tcp/443], addresses: [192.0.2.7]}, "
       "{to: www.Pastebin.Example, ports: [tcp/443], addresses: [192.0.2.9]}]",
       "a: pastebin.example tcp/443 @192.0.2.7; [guard] www.Pastebin.Example tcp/443 @192.0.2.9;\n"},
      // A wildcard holds names that are never granted.
      {"never: [{to: x.b.example}]", "[{to: \"*.b.example\", ports: [tcp/443], addresses: [192.0.2.7]}]",
       "a: [guard] *.b.example tcp/443 @192.0.2.7;\n"},
      {"never: [{to: \"*.b.example\", except: ok.b.example}]",
       "[{to: ok.b.example, ports: [tcp/443], addresses: [192.0.2.7]}]", "a: ok.b.example tcp/443 @192.0.2.7;\n"},
      // One of several names is enough for never, and none of them for allow.
      {"never: [{to: b.example}]", "[{to: [a.example, b.example], ports: [tcp/443], addresses: [192.0.2.7]}]",
       "a: [guard] a.example|b.example tcp/443 @192.0.2.7;\n"},
      {"allow: [{to: b.example}]", "[{to: [a.example, b.example], ports: [tcp/443], addresses: [192.0.2.7]}]",
       "a: [guard] a.example|b.example tcp/443 @192.0.2.7;\n"},
      {"allow: [{to: b.example}, {to: a.example}]",
       "[{to: [a.example, b.example], ports: [tcp/443], addresses: [192.0.2.7]}]",
       "a: a.example|b.example tcp/443 @192.0.2.7;\n"},
      // Only names: an address alone is outside.
      {"allow: [{to: \"*.example.com\"}]",
       "[{to: api.example.com, ports: [tcp/443], addresses: [192.0.2.7]}, {to: 192.0.2.7, ports: [tcp/443]}]",
       "a: api.example.com tcp/443 @192.0.2.7; [guard] 192.0.2.7 tcp/443;\n"},
      // Addresses of a name are taken out, and the whole grant where none is left.
      {"never: [{to: private}]", "[{to: a.example, ports: [tcp/443], addresses: [10.0.0.1, 192.0.2.7]}]",
       "a: a.example tcp/443 @192.0.2.7; [guard] a.example tcp/443 @10.0.0.1;\n"},
      {"never: [{to: private}]", "[{to: a.example, ports: [tcp/443], addresses: [10.0.0.1]}]",
       "a: [guard] a.example tcp/443 @10.0.0.1;\n"},
      // The other family's ICMP goes with the rest.
      {"never: [{to: 192.0.2.7}]",
       "[{to: a.example, ports: [icmp, icmpv6, tcp/443], addresses: [192.0.2.7, 192.0.2.8, \"2001:db8::1\"]}]",
       "a: a.example tcp/443 icmp icmpv6 @192.0.2.8 @2001:db8::1; [guard] a.example tcp/443 icmp @192.0.2.7;\n"},
  };
  check_rows(rows);
}

TEST_CASE("the addresses of a name that is never granted are closed to the subject's other grants") {
  const Row rows[] = {
      {"never: [{to: evil.example}]",
       "[{to: evil.example, ports: [tcp/443], addresses: [192.0.2.7]}, {to: 192.0.2.7, ports: [tcp/443, tcp/22]}, "
       "{to: good.example, ports: [tcp/443], addresses: [192.0.2.7, 192.0.2.8]}]",
       "a: good.example tcp/443 @192.0.2.8; 192.0.2.7 tcp/22; [guard] evil.example tcp/443 @192.0.2.7; [guard] "
       "good.example tcp/443 @192.0.2.7; [guard] 192.0.2.7 tcp/443;\n"},
      {"never: [{to: evil.example}]",
       "subjects:\n  a: {uid: 1000, allow: [{to: evil.example, ports: [tcp/443], addresses: [192.0.2.7]}]}\n"
       "  b: {uid: 1001, allow: [{to: 192.0.2.7, ports: [tcp/443]}]}",
       "a: [guard] evil.example tcp/443 @192.0.2.7;\nb: 192.0.2.7 tcp/443;\n"},
  };
  check_rows(rows);
}

TEST_CASE("subjects") {
  const char* const policy_text =
      "subjects:\n  a: {uid: 1000, allow: [{to: 192.0.2.7, ports: [tcp/80]}]}\n"
      "  b: {uid: 2000-2009, allow: [{to: 192.0.2.7, ports: [tcp/80]}]}";
  const char* const both = "a: 192.0.2.7 tcp/80;\nb: 192.0.2.7 tcp/80;\n";
  const char* const only_a = "a: 192.0.2.7 tcp/80;\nb: [guard] 192.0.2.7 tcp/80;\n";
  const char* const only_b = "a: [guard] 192.0.2.7 tcp/80;\nb: 192.0.2.7 tcp/80;\n";
  const Row rows[] = {
      {"never: [{to: any, subjects: {uid: 1000}}]", policy_text, only_b},
      {"never: [{to: any, subjects: {uid: 3000}}]", policy_text, both},
      {"subjects: {uid: 1000}\nallow: [{to: any, ports: [tcp/443]}]", policy_text, only_b},
      // An entry for some of a subject's users holds for all in never, and for none in allow.
      {"never: [{to: any, subjects: {uid: 2005}}]", policy_text, only_a},
      {"allow: [{to: any, subjects: {uid: [1000, 2000-2008]}}]", policy_text, only_a},
      {"allow: [{to: any, subjects: {uid: [1000, 2000-2004, 2005-2009]}}]", policy_text, both},
      {"allow: [{to: any, subjects: {gid: 1000}}]", policy_text,
       "a: [guard] 192.0.2.7 tcp/80;\nb: [guard] 192.0.2.7 tcp/80;\n"},
      {"never: [{to: any, subjects: {uid: 1000, gid: 7}}]",
       "subjects: {a: {uid: 1000, gid: 8, allow: [{to: 192.0.2.7, ports: [tcp/80]}]}}", "a: 192.0.2.7 tcp/80;\n"},
  };
  check_rows(rows);
}

TEST_CASE("live names") {
  const Row rows[] = {
      {"never: [{to: private}]", "[{to: a.example, ports: [tcp/443], addresses: [10.0.0.1, 192.0.2.7], live: true}]",
       "a: a.example tcp/443 @192.0.2.7; [guard] a.example tcp/443 @10.0.0.1;\n"},
      // It could come to mean any address.
      {"allow: [{to: 192.0.2.0/24}]", "[{to: a.example, ports: [tcp/443], addresses: [192.0.2.7], live: true}]",
       "a: a.example tcp/443 @192.0.2.7; [guard] a.example tcp/443;\n"},
      {"never: [{to: \"::/0\"}]", "[{to: a.example, ports: [tcp/443], addresses: [192.0.2.7], live: true}]",
       "a: a.example tcp/443 @192.0.2.7; [guard] a.example tcp/443;\n"},
      {"allow: [{to: any, ports: [tcp/443]}]", "[{to: a.example, ports: [tcp/443], live: true}]",
       "a: a.example tcp/443;\n"},
      {"allow: [{to: a.example, ports: [tcp/443]}]", "[{to: a.example, ports: [tcp/443, tcp/80], live: true}]",
       "a: [guard] a.example tcp/80; [guard] a.example tcp/443;\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.policy);
    const Ceiling ceiling({guard_of(row.guard)});
    Policy cut_policy = policy(row.policy);
    cut(cut_policy, ceiling);
    CHECK(flows_beyond(cut_policy, ceiling.guards()).empty());
  }
}

TEST_CASE("what was cut says which line of which guard did it, and keeps its evidence") {
  const Ceiling ceiling({guard_of("never:\n  - to: private\n    reason: inside\n", "one.yaml"),
                         guard_of("allow:\n  - to: any\n    ports: [tcp/443]\n", "two.yaml")});
  Policy cut_policy =
      policy("[{to: 10.0.0.5, ports: [tcp/443], evidence: {seen: 3, by: [audit]}}, {to: 192.0.2.1, ports: [tcp/80]}]");
  CHECK(cut(cut_policy, ceiling) == 2);
  const auto& review = cut_policy.subjects[0].review;
  REQUIRE(review.size() == 2);
  CHECK(review[0].what.comment == "one.yaml:3: never, inside");
  CHECK(review[0].what.evidence.seen == 3);
  CHECK(review[1].what.comment == "two.yaml:2: not in allow");
}

TEST_CASE("what is beyond, in a policy that a person wrote") {
  const Ceiling ceiling({guard_of("never:\n  - to: [private, 192.0.2.53]\n    reason: inside\n")});
  const Policy reviewed = policy(
      "resolvers: [192.0.2.53]\nsubjects: {a: {uid: 1, allow: [{to: 0.0.0.0/0, ports: [tcp/443]}, "
      "{to: a.example, ports: [tcp/1], addresses: [192.0.2.1, 192.168.0.1]}]}}");
  const std::vector<Excess> excess = excess_of(reviewed, ceiling);
  REQUIRE(excess.size() == 3);
  CHECK(excess[0].what == "the resolver 192.0.2.53");
  CHECK(excess[1].what == "a.example (192.168.0.1) with tcp/1");
  CHECK(excess[2].what == "10.0.0.0/8 with tcp/443");
  CHECK(excess[2].guard == Location{"g.yaml", 3, 5});
  CHECK(excess[2].objection == "never, inside");
}

TEST_CASE("names that a guard lets be live, or have addresses inside") {
  const Ceiling ceiling(
      {guard_of("allow:\n  - {to: any, ports: [tcp/443]}\n  - {to: [api.example.com, \"*.corp.example\"]}\n"
                "  - {to: other.example, subjects: {uid: 7}}\nnever:\n  - {to: bad.corp.example}\n")});
  Policy asked = policy("[{to: x.example, ports: [tcp/443], live: true}]");
  Subject& subject = asked.subjects[0];
  Grant grant = subject.allow[0];
  const auto name = [](const char* text) { return *DomainName::parse_pattern(text); };
  const auto live = [&](const char* text) {
    grant.names = {name(text)};
    return may_be_live(ceiling, subject, grant);
  };
  CHECK(live("api.example.com"));
  CHECK(live("API.example.com"));
  CHECK(live("*.corp.example") == false);  // a name below it is never granted
  CHECK(!live("nas.corp.example"));        // not exactly this one
  CHECK(!live("other.example"));
  CHECK(!live("www.example.com"));
  CHECK(allows_name(ceiling, subject, name("nas.corp.example")));
  CHECK(!allows_name(ceiling, subject, name("bad.corp.example")));
  CHECK(!allows_name(ceiling, subject, name("www.example.com")));
  CHECK(!allows_name(ceiling, subject, name("other.example")));
  CHECK(permits(ceiling, subject, {}, address("192.0.2.1"), *parse_service("tcp/443")));
  CHECK(!permits(ceiling, subject, {}, address("192.0.2.1"), *parse_service("tcp/80")));
}
