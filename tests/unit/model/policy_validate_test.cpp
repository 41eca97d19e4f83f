#include <doctest/doctest.h>

#include "policies.h"

namespace egressc {
namespace {

using policies::grant;
using policies::named;
using policies::subject;

std::vector<std::string> problems(Policy policy) {
  normalize(policy);
  Diagnostics diagnostics;
  validate(policy, diagnostics);
  std::vector<std::string> messages;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    CHECK(diagnostic.severity == Severity::error);
    messages.push_back(diagnostic.message);
  }
  return messages;
}

void check_one(const Policy& policy, std::string_view part) {
  const auto found = problems(policy);
  CAPTURE(part);
  REQUIRE(found.size() == 1);
  CAPTURE(found[0]);
  CHECK(found[0].find(part) != std::string::npos);
}

Policy of_subjects(std::vector<Subject> subjects) {
  Policy policy;
  policy.scope = Scope::subjects;
  policy.subjects = std::move(subjects);
  return policy;
}

Policy of_grant(Grant grant) { return of_subjects({subject("a", {{1, 1}}, {}, {std::move(grant)})}); }

TEST_CASE("Subjects are disjoint") {
  CHECK(problems(of_subjects({subject("a", {{1, 5}}, {}, {}), subject("b", {{6, 6}, {0, 0}}, {}, {})})).empty());
  CHECK(problems(of_subjects({subject("a", {{1, 5}}, {{1, 2}}, {}), subject("b", {{1, 5}}, {{3, 3}}, {})})).empty());
  CHECK(problems(of_subjects({subject("a", {}, {{1, 2}}, {}), subject("b", {}, {{3, 3}}, {})})).empty());
  CHECK(problems(of_subjects({subject("root", {{0, 0}}, {}, {})})).empty());

  check_one(of_subjects({subject("a", {{1, 5}}, {}, {}), subject("b", {{4, 9}}, {}, {})}),
            "uid 4-5 is in \"a\" and in \"b\"");
  check_one(of_subjects({subject("a", {{1, 9}}, {}, {}), subject("b", {{2, 2}}, {}, {})}), "uid 2 is in");
  check_one(of_subjects({subject("a", {{1, 9}}, {{1, 1}}, {}), subject("b", {{2, 2}}, {{2, 2}}, {})}), "uid 2 is in");
  check_one(of_subjects({subject("a", {{1, 1}}, {{1, 5}}, {}), subject("b", {{1, 1}}, {{5, 5}}, {})}), "gid 5 is in");
  check_one(of_subjects({subject("a", {{1, 1}}, {}, {}), subject("b", {{1, 1}}, {{5, 5}}, {})}),
            "no gid that tells it");
  check_one(of_subjects({subject("a", {}, {{1, 5}}, {}), subject("b", {}, {{5, 5}}, {})}), "gid 5 is in");
  check_one(of_subjects({subject("a", {}, {{1, 5}}, {}), subject("b", {{5, 5}}, {}, {})}), "\"a\" has only a gid");
  check_one(of_subjects({subject("a", {}, {}, {})}), "neither uid nor gid");
  check_one(of_subjects({subject("a", {{1, 1}}, {}, {}), subject("a", {{2, 2}}, {}, {})}),
            "two subjects are called \"a\"");
}

TEST_CASE("A range that another contains is found behind ranges in between") {
  check_one(of_subjects({subject("a", {{1, 100}}, {}, {}), subject("b", {{200, 300}, {50, 50}}, {}, {})}),
            "uid 50 is in");
  CHECK(problems(of_subjects({subject("a", {{1, 100}}, {}, {}), subject("b", {{2, 3}}, {}, {}),
                              subject("c", {{50, 60}}, {}, {})}))
            .size() == 2);
}

TEST_CASE("A grant has to grant something") {
  CHECK(problems(of_grant(grant("192.0.2.1", {"icmp"}))).empty());
  CHECK(problems(of_grant(grant("::/0", {"icmpv6", "tcp"}))).empty());
  CHECK(problems(of_grant(named("a.example", {"icmp", "icmpv6"}, {"192.0.2.1"}))).empty());
  check_one(of_grant(grant("192.0.2.1", {})), "without ports");
  check_one(of_grant(grant("192.0.2.1", {"icmpv6"})), "192.0.2.1 cannot be reached by icmpv6");
  check_one(of_grant(grant("::/0", {"icmp"})), "::/0 cannot be reached by icmp");
  check_one(of_grant(named("a.example", {"tcp"}, {})), "\"a.example\" has no addresses and is not live");
  check_one(of_grant(named("*.a.example", {"tcp"}, {})), "has no addresses and is not live");

  Grant both = named("a.example", {"tcp"}, {"192.0.2.1"});
  both.prefix = parse_prefix("192.0.2.1");
  check_one(of_grant(both), "not to both");
  Grant nowhere = grant("192.0.2.1", {"tcp"});
  nowhere.prefix.reset();
  check_one(of_grant(nowhere), "not to nothing");
  Grant listed = grant("192.0.2.1", {"tcp"});
  listed.addresses = {*parse_prefix("192.0.2.2")};
  check_one(of_grant(listed), "cannot list others");
}

TEST_CASE("Live is for one name, and keeps what is established") {
  Grant live = named("a.example", {"tcp"}, {});
  live.live = true;
  CHECK(problems(of_grant(live)).empty());

  Policy cut = of_grant(live);
  cut.established = Established::cut;
  check_one(cut, "would cut its open connections");

  Grant several = live;
  several.names.push_back(*DomainName::parse("b.example"));
  check_one(of_grant(several), "several names (a.example, …) cannot be live");

  Grant prefix = grant("192.0.2.1", {"tcp"});
  prefix.live = true;
  check_one(of_grant(prefix), "only a name follows DNS");
}

TEST_CASE("What waits in review need not be complete") {
  Policy policy = of_subjects({subject("a", {{1, 1}}, {}, {})});
  policy.subjects[0].review = {{named("a.example", {}, {}), Reason::claimed}};
  policy.review = policy.subjects[0].review;
  CHECK(problems(policy).empty());
}

TEST_CASE("Baseline belongs to host scope, and a resolver is a host") {
  Policy policy;
  policy.baseline = {Baseline::ndp};
  CHECK(problems(policy).empty());
  policy.scope = Scope::subjects;
  check_one(policy, "`baseline` is for `scope: host`");

  for (const char* const address : {"0.0.0.0", "::", "224.0.0.251", "ff02::fb", "255.255.255.255"}) {
    Policy with_resolver;
    with_resolver.resolvers = {*parse_address(address)};
    check_one(with_resolver, "no resolver can be at");
  }
}

}  // namespace
}  // namespace egressc
