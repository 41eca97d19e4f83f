// Attribution against brute force, in a universe where grants overlap all the time.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "policy_random.h"
#include "usage/usage_fixture.h"

using namespace egressc;
using namespace egressc::usage_tests;

namespace {

struct Element {
  Prefix prefix;
  Protocol protocol = Protocol::tcp;
  PortRange ports;
  Count count;
};

bool meets(const Element& element, const Prefix& to, const Service& service) {
  const bool is_any = service.protocol == Protocol::any && element.protocol < Protocol::icmp;
  return (is_any || service.protocol == element.protocol) && service.ports.first <= element.ports.last &&
         element.ports.first <= service.ports.last && (contains(to, element.prefix) || contains(element.prefix, to));
}

bool meets(const Element& element, const std::vector<Prefix>& places, const std::vector<Service>& services) {
  for (const Prefix& place : places)
    for (const Service& service : services)
      if (meets(element, place, service)) return true;
  return false;
}

std::vector<Prefix> places_of(const Grant& grant) {
  std::vector<Prefix> places = grant.addresses;
  if (grant.prefix) places.push_back(*grant.prefix);
  return places;
}

void add_element(TableCounts& counts, std::vector<Element>& all, const std::string& set, Element element) {
  const bool is_echo = element.protocol == Protocol::icmp || element.protocol == Protocol::icmpv6;
  if (counts.sets.empty() || counts.sets.back().name != set) counts.sets.push_back({set, {}, 0});
  ElementCount made;
  made.addresses = range_of(element.prefix);
  if (!is_echo) made.protocol = element.protocol;
  made.ports = element.ports;
  made.count = element.count;
  counts.sets.back().elements.push_back(made);
  all.push_back(element);
}

// The elements of a subject's sets, in the order they are printed, with any counts.
std::vector<Element> load(const SubjectRules& rules, TableCounts& counts, std::mt19937& random) {
  std::vector<Element> all;
  const auto count = [&] {
    const std::uint64_t packets = random() % 4;
    return Count{packets, packets * (40 + random() % 1000)};
  };
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto suffix = std::to_string(static_cast<int>(family));
    for (const Box& box : rules.boxes)
      if (box.addresses.first.family == family)
        for (const Prefix& prefix : prefixes_of(box.addresses))
          add_element(counts, all, rules.chain + "_" + suffix, {prefix, box.protocol, box.ports, count()});
    for (const Prefix& prefix : rules.echo)
      if (prefix.address.family == family)
        add_element(counts, all, rules.chain + "_echo_" + suffix,
                    {prefix, family == Family::ipv4 ? Protocol::icmp : Protocol::icmpv6, {}, count()});
  }
  return all;
}

const SubjectRules& rules_of(const Ruleset& ruleset, const Subject& subject) {
  for (const UidGroup& group : ruleset.groups)
    for (const SubjectRules& rules : group.subjects)
      if (rules.uids == subject.uids && rules.gids == subject.gids) return rules;
  FAIL("a subject was lost");
  return ruleset.groups.front().subjects.front();
}

}  // namespace

TEST_CASE("each element counts once for every grant that it meets, and nothing is lost") {
  std::size_t shared = 0;
  std::size_t alone = 0;
  for (unsigned seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Policy policy = policy_tests::RandomPolicy(seed, true).make();
    for (Subject& subject : policy.subjects)
      for (Grant& grant : subject.allow)
        if (grant.prefix && random() % 3 == 0)
          grant.services.push_back({random() % 2 ? Protocol::icmp : Protocol::icmpv6, {}});
    normalize(policy);
    const std::optional<CivilDate> today = random() % 2 ? std::optional(CivilDate{2025, 1, 1}) : std::nullopt;
    const Ruleset ruleset = lowered(policy, today);
    TableCounts counts;
    std::vector<std::vector<Element>> elements;
    Count all;
    for (const Subject& subject : policy.subjects) {
      elements.push_back(load(rules_of(ruleset, subject), counts, random));
      for (const Element& element : elements.back()) all += element.count;
    }
    const Count stranger{random() % 9, 7};
    counts.sets.push_back({"somebody_s", {{std::nullopt, std::nullopt, {}, stranger}}, 0});
    all += stranger;

    const Usage made = usage_of(policy, ruleset, counts, today);
    CHECK(made.unattributed == stranger);
    REQUIRE(made.subjects.size() == policy.subjects.size());
    Count once = made.unattributed;
    for (std::size_t i = 0; i < policy.subjects.size(); ++i) {
      const Subject& subject = policy.subjects[i];
      struct Claimant {
        std::vector<Prefix> places;
        std::vector<Service> services;
        Count count;
        bool shared;
      };
      std::vector<Claimant> claimants;
      for (std::size_t g = 0; g < subject.allow.size(); ++g) {
        const Grant& grant = subject.allow[g];
        const GrantUsage& used = made.subjects[i].grants.at(g);
        const bool expired = grant.expires && today && *grant.expires < *today;
        CHECK(used.expired == expired);
        if (grant.live || expired) {
          CHECK(used.count == Count{});
          continue;
        }
        claimants.push_back({places_of(grant), grant.services, used.count, used.shared});
      }
      if (!policy.resolvers.empty()) {
        std::vector<Prefix> places;
        for (const Address& resolver : policy.resolvers) places.push_back(single(resolver));
        const ResolverUsage& used = made.subjects[i].resolvers.value();
        claimants.push_back({places, {{Protocol::any, {53, 53}}}, used.count, used.shared});
      }
      std::vector<std::size_t> claims;
      for (const Element& element : elements[i]) {
        claims.push_back(
            static_cast<std::size_t>(std::count_if(claimants.begin(), claimants.end(), [&](const Claimant& c) {
              return meets(element, c.places, c.services);
            })));
        CHECK(claims.back() != 0);
        once += element.count;
      }
      for (const Claimant& claimant : claimants) {
        Count wanted;
        bool wanted_shared = false;
        for (std::size_t e = 0; e < elements[i].size(); ++e) {
          if (!meets(elements[i][e], claimant.places, claimant.services)) continue;
          wanted += elements[i][e].count;
          wanted_shared |= claims[e] > 1 && elements[i][e].count.packets != 0;
        }
        CHECK(claimant.count == wanted);
        CHECK(claimant.shared == wanted_shared);
        ++(wanted_shared ? shared : alone);
      }
    }
    CHECK(once == all);
  }
  CHECK(shared > 100);
  CHECK(alone > 100);
}
