#include <doctest/doctest.h>

#include "model/policy_fixture.h"
#include "policies.h"

namespace egressc {
namespace {

using policies::grant;
using policies::named;
using policies::subject;

// "to ports" for each grant.
std::vector<std::string> grants_of(std::vector<Grant> allow) {
  Policy policy;
  policy.subjects = {subject("a", {{1, 1}}, {}, std::move(allow))};
  normalize(policy);
  std::vector<std::string> lines;
  for (const Grant& grant : policy.subjects[0].allow) {
    std::string line = grant.prefix ? to_string(*grant.prefix) : std::string();
    for (const DomainName& name : grant.names) line += (line.empty() ? "" : "|") + name.spelling();
    for (const Service& service : grant.services) line += " " + to_string(service);
    lines.push_back(line);
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST_CASE("Grants stand in one order, names first") {
  CHECK(grants_of({grant("2001:db8::/32", {"tcp"}), grant("192.0.2.0/24", {"tcp"}), grant("192.0.2.0", {"tcp"}),
                   named("b.example", {"tcp"}, {"192.0.2.1"}), named("A.example", {"udp"}, {"192.0.2.1"})}) ==
        Lines{"A.example udp", "b.example tcp", "192.0.2.0/24 tcp", "192.0.2.0 tcp", "2001:db8::/32 tcp"});
}

TEST_CASE("Services that others contain go, others stay as they were written") {
  static const struct {
    std::vector<std::string> services;
    std::string left;
  } cases[] = {
      {{"tcp/443", "tcp/443"}, "tcp/443"},
      {{"tcp/443", "tcp"}, "tcp"},
      {{"udp/53", "tcp/53", "any/53"}, "any/53"},
      {{"tcp/53", "udp/53"}, "tcp/53 udp/53"},
      {{"tcp/1-10", "tcp/5-20"}, "tcp/1-10 tcp/5-20"},
      {{"any/1-10", "tcp/2-3", "udp/10-11"}, "any/1-10 udp/10-11"},
      {{"any/1-10", "tcp/1-10", "tcp/1-11"}, "any/1-10 tcp/1-11"},
      {{"icmp", "icmpv6", "any"}, "any icmp icmpv6"},
      {{"tcp/80", "tcp/443", "udp/1"}, "tcp/80 tcp/443 udp/1"},
  };
  for (const auto& entry : cases) {
    CAPTURE(entry.left);
    CHECK(grants_of({grant("192.0.2.1", entry.services)}) == Lines{"192.0.2.1 " + entry.left});
  }
}

TEST_CASE("Grants that differ in nothing but services and evidence become one") {
  Grant first = named("a.example", {"tcp/443"}, {"192.0.2.2", "192.0.2.1"});
  first.evidence = {~std::uint64_t{0} - 1, 5 * second, 9 * second, {"audit"}, {"/b"}, {2}, {}};
  Grant second_grant = named("A.EXAMPLE", {"tcp/80"}, {"192.0.2.1", "192.0.2.2"});
  second_grant.evidence = {7, 3 * second, 4 * second, {"dnsmasq", "audit"}, {"/a", ""}, {1, 0xffffffff}, {"x"}};
  Policy policy;
  policy.subjects = {subject("a", {{1, 1}}, {}, {first, second_grant})};
  normalize(policy);
  REQUIRE(policy.subjects[0].allow.size() == 1);
  const Grant& one = policy.subjects[0].allow[0];
  CHECK(one.services.size() == 2);
  CHECK(one.evidence ==
        Evidence{~std::uint64_t{0}, 3 * second, 9 * second, {"audit", "dnsmasq"}, {"/a", "/b"}, {1, 2}, {"x"}});

  const auto count = [&](auto change) {
    Grant other = second_grant;
    change(other);
    return grants_of({first, other}).size();
  };
  CHECK(count([](Grant& g) { g.live = true; }) == 2);
  CHECK(count([](Grant& g) { g.expires = CivilDate{2026, 1, 1}; }) == 2);
  CHECK(count([](Grant& g) { g.addresses.pop_back(); }) == 2);
  CHECK(count([](Grant& g) { g.comment = "x"; }) == 2);
  CHECK(count([](Grant& g) { g.names.push_back(*DomainName::parse("b.example")); }) == 2);
}

TEST_CASE("Entries of review keep their reasons apart, and claims without a port") {
  Policy policy;
  policy.review = {{grant("192.0.2.1", {"tcp/2"}), Reason::noise},
                   {grant("192.0.2.1", {}), Reason::claimed},
                   {grant("192.0.2.1", {"tcp/1"}), Reason::claimed},
                   {grant("192.0.2.1", {"tcp/3"}), Reason::claimed}};
  normalize(policy);
  REQUIRE(policy.review.size() == 3);
  CHECK(policy.review[0].what.services.empty());
  CHECK(policy.review[1].what.services.size() == 2);
  CHECK(policy.review[2].reason == Reason::noise);
}

TEST_CASE("Ids, names, texts and times") {
  Policy policy;
  policy.resolvers = {ipv4(2), ipv4(1), ipv4(2)};
  policy.baseline = {Baseline::dhcp, Baseline::ndp, Baseline::dhcp};
  Grant seen = named("b.example", {"tcp"}, {"192.0.2.1"});
  seen.names.push_back(*DomainName::parse("B.example"));
  seen.names.push_back(*DomainName::parse("a.example"));
  seen.comment = "x\xff\n\n";
  seen.evidence.first = -1;
  seen.evidence.last = days_from_civil({10000, 1, 1}) * 86400 * second;
  seen.evidence.exe = {"/\xff", "/\\xff"};
  policy.subjects = {subject("c", {{9, 9}}, {}, {seen}), subject("b", {{5, 6}, {1, 2}, {3, 3}, {6, 8}}, {}, {}),
                     subject("e", {}, {{2, 2}}, {}), subject("d", {{0, 0xfffffffe}, {7, 7}}, {}, {})};
  normalize(policy);
  CHECK(policy.resolvers == std::vector<Address>{ipv4(1), ipv4(2)});
  CHECK(policy.baseline == std::vector<Baseline>{Baseline::ndp, Baseline::dhcp});
  CHECK(policy.subjects[0].label == "e");
  CHECK(policy.subjects[1].uids == std::vector<IdRange>{{0, 0xfffffffe}});
  CHECK(policy.subjects[2].uids == std::vector<IdRange>{{1, 3}, {5, 8}});
  const Grant& grant = policy.subjects[3].allow[0];
  REQUIRE(grant.names.size() == 2);
  CHECK(grant.names[1].spelling() == "B.example");
  CHECK(grant.comment == "x\\xff");
  CHECK(grant.evidence.first == -second);
  CHECK(grant.evidence.last == no_time);
  CHECK(grant.evidence.exe == std::vector<std::string>{"/\\xff"});
}

}  // namespace
}  // namespace egressc
