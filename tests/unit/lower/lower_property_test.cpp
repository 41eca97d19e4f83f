// Lowering against brute force, in a universe small enough to look at every flow.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>

#include "egressc/lower.h"
#include "policies.h"

using namespace egressc;

namespace {

using Random = std::mt19937;

unsigned pick(Random& random, unsigned below) { return static_cast<unsigned>(random() % below); }

// 16 addresses of each family, and ports at both ends of the range.
constexpr std::array<std::uint16_t, 12> ports{0, 1, 2, 3, 4, 5, 65530, 65531, 65532, 65533, 65534, 65535};
constexpr unsigned hosts = 32;

Address address(unsigned host) {
  if (host < 16) return ipv4(0xc0000200 + host);
  return {Family::ipv6, 0x20010db800000000, host - 16};
}

Grant random_grant(Random& random) {
  Grant grant;
  Address base = address(pick(random, hosts));
  const unsigned free_bits = pick(random, 5);
  base.low &= ~((1ULL << free_bits) - 1);
  grant.prefix = Prefix{base, static_cast<std::uint8_t>(base.bits() - free_bits)};
  if (pick(random, 20) == 0)
    grant.prefix = base.family == Family::ipv4 ? *parse_prefix("0.0.0.0/0") : *parse_prefix("::/0");
  for (unsigned n = 1 + pick(random, 3); n != 0; --n) {
    Service service;
    service.protocol = static_cast<Protocol>(pick(random, 5));
    if (service.protocol < Protocol::icmp && pick(random, 5) != 0) {
      service.ports.first = ports[pick(random, ports.size())];
      service.ports.last = std::max(service.ports.first, ports[pick(random, ports.size())]);
    }
    grant.services.push_back(service);
  }
  return grant;
}

bool opens(const Grant& grant, Protocol protocol, const Address& to, std::uint16_t port) {
  if (!contains(*grant.prefix, to)) return false;
  return std::any_of(grant.services.begin(), grant.services.end(), [&](const Service& service) {
    const bool is_any = service.protocol == Protocol::any && protocol < Protocol::icmp;
    return (is_any || service.protocol == protocol) && service.ports.first <= port && port <= service.ports.last;
  });
}

bool any_opens(const std::vector<Grant>& grants, Protocol protocol, const Address& to, std::uint16_t port) {
  return std::any_of(grants.begin(), grants.end(), [&](const Grant& g) { return opens(g, protocol, to, port); });
}

bool is_in(const AddressRange& range, const Address& at) { return range.first <= at && at <= range.last; }

// How many boxes hold the flow: 0 or 1.
std::ptrdiff_t boxes_with(const SubjectRules& rules, Protocol protocol, const Address& to, std::uint16_t port) {
  return std::count_if(rules.boxes.begin(), rules.boxes.end(), [&](const Box& box) {
    return box.protocol == protocol && is_in(box.addresses, to) && box.ports.first <= port && port <= box.ports.last;
  });
}

Ruleset lowered(const Policy& policy) {
  Diagnostics diagnostics;
  auto result = lower_policy(policy, {}, diagnostics);
  REQUIRE(result);
  return std::move(result->ruleset);
}

bool has(const std::vector<IdRange>& ids, std::uint32_t id) {
  return std::any_of(ids.begin(), ids.end(),
                     [&](const IdRange& range) { return range.first <= id && id <= range.last; });
}

std::vector<IdRange> some_of(std::uint32_t& next, Random& random) {
  std::vector<IdRange> ids;
  for (unsigned n = 1 + pick(random, 2); n != 0; --n) {
    const std::uint32_t first = next + pick(random, 2);
    ids.push_back({first, first + pick(random, 3)});
    next = ids.back().last + 1 + pick(random, 2);
  }
  return ids;
}

// Users that are a subject, users that their gids make several, or gids alone; in the order of a normalized policy.
Policy random_subjects(Random& random) {
  Policy policy;
  const bool gids_only = pick(random, 6) == 0;
  const unsigned users = gids_only ? 1 : pick(random, 4);
  std::uint32_t uid = 0;
  for (unsigned user = 0; user < users; ++user) {
    const std::vector<IdRange> uids = gids_only ? std::vector<IdRange>{} : some_of(uid, random);
    const bool is_whole = !gids_only && pick(random, 2) == 0;
    std::uint32_t gid = 0;
    for (unsigned n = is_whole ? 1 : 1 + pick(random, 3); n != 0; --n)
      policy.subjects.push_back(policies::subject(std::to_string(policy.subjects.size()), uids,
                                                  is_whole ? std::vector<IdRange>{} : some_of(gid, random), {}));
  }
  return policy;
}

}  // namespace

TEST_CASE("boxes are disjoint and cover exactly what the grants open") {
  Random random(20261123);
  for (int round = 0; round < 3000; ++round) {
    CAPTURE(round);
    std::vector<Grant> grants;
    for (unsigned n = pick(random, 12); n != 0; --n) grants.push_back(random_grant(random));
    Policy policy;
    policy.subjects = {policies::subject("s", {{1001, 1001}}, {}, grants)};
    const Ruleset ruleset = lowered(policy);
    const SubjectRules& rules = ruleset.groups.at(0).subjects.at(0);
    REQUIRE(std::is_sorted(rules.boxes.begin(), rules.boxes.end()));
    bool equal = true;
    for (unsigned host = 0; host < hosts; ++host) {
      const Address to = address(host);
      for (const Protocol protocol : {Protocol::tcp, Protocol::udp})
        for (const std::uint16_t port : ports)
          equal = equal && boxes_with(rules, protocol, to, port) == (any_opens(grants, protocol, to, port) ? 1 : 0);
      const Protocol echo = to.family == Family::ipv4 ? Protocol::icmp : Protocol::icmpv6;
      const auto found =
          std::count_if(rules.echo.begin(), rules.echo.end(), [&](const Prefix& p) { return contains(p, to); });
      equal = equal && found == (any_opens(grants, echo, to, 0) ? 1 : 0);
    }
    REQUIRE(equal);
  }
}

TEST_CASE("every uid and gid finds the subject it is in") {
  Random random(7);
  for (int round = 0; round < 1000; ++round) {
    CAPTURE(round);
    const Policy policy = random_subjects(random);
    const Ruleset ruleset = lowered(policy);
    std::vector<std::string> chains;
    for (const UidGroup& group : ruleset.groups) {
      if (!group.chain.empty()) chains.push_back(group.chain);
      for (const SubjectRules& rules : group.subjects) chains.push_back(rules.chain);
    }
    std::sort(chains.begin(), chains.end());
    REQUIRE(std::adjacent_find(chains.begin(), chains.end()) == chains.end());
    for (std::uint32_t uid = 0; uid < 24; ++uid) {
      bool governed = false;
      for (const Subject& s : policy.subjects) governed = governed || has(s.uids, uid);
      std::vector<const UidGroup*> found;
      for (const UidGroup& group : ruleset.groups)
        if (group.uids.empty() || has(group.uids, uid)) found.push_back(&group);
      const bool gids_only = !policy.subjects.empty() && policy.subjects[0].uids.empty();
      REQUIRE(found.size() == (governed || gids_only ? 1U : 0U));
      for (std::uint32_t gid = 0; gid < 24; ++gid) {
        std::string wanted;
        for (const Subject& s : policy.subjects)
          if ((s.uids.empty() || has(s.uids, uid)) && (s.gids.empty() || has(s.gids, gid))) wanted = s.label;
        std::string got;
        for (const UidGroup* group : found)
          for (const SubjectRules& rules : group->subjects)
            if (rules.gids.empty() || has(rules.gids, gid)) got += rules.label;
        REQUIRE(got == wanted);
      }
    }
  }
}

TEST_CASE("a hundred thousand grants") {
  Random random(1);
  Policy policy;
  for (std::uint32_t n = 0; n < 20; ++n) {
    std::vector<Grant> grants{policies::grant("10.0.0.0/8", {"tcp/443"})};
    for (int i = 0; i < 5000; ++i) {
      grants.push_back(policies::grant("192.0.2.1", {"any/443", "tcp/80"}));
      grants.back().prefix = single(ipv4(0x0a000000 + pick(random, 1U << 20)));
    }
    policy.subjects.push_back(policies::subject("s", {{n, n}}, {}, std::move(grants)));
  }
  const Ruleset ruleset = lowered(policy);
  CHECK(ruleset.groups.size() == 20);
  for (const UidGroup& group : ruleset.groups) CHECK(group.subjects.at(0).boxes.size() > 9000);
}
