#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "egressc/flow_space.h"
#include "flow_space_universe.h"
#include "policies.h"
#include "policy_random.h"

using namespace egressc;
using namespace egressc::test;

namespace {

bool holds(const std::vector<IdRange>& ids, std::uint32_t id) {
  return std::any_of(ids.begin(), ids.end(),
                     [=](const IdRange& range) { return range.first <= id && id <= range.last; });
}

bool opens(const Service& service, const FlowPoint& p) {
  const bool is_v4 = p.to.family == Family::ipv4;
  if (p.protocol == 1) return service.protocol == Protocol::icmp && is_v4 && p.port >> 8 == 8;
  if (p.protocol == 58) return service.protocol == Protocol::icmpv6 && !is_v4 && p.port >> 8 == 128;
  const bool fits = service.protocol == Protocol::any || (p.protocol == 6 && service.protocol == Protocol::tcp) ||
                    (p.protocol == 17 && service.protocol == Protocol::udp);
  return fits && (p.protocol == 6 || p.protocol == 17) && service.ports.first <= p.port && p.port <= service.ports.last;
}

bool opens(const Grant& grant, const FlowPoint& p, std::optional<CivilDate> today) {
  if (today && grant.expires && *grant.expires < *today) return false;
  std::vector<Prefix> places = grant.addresses;
  if (grant.prefix) places.push_back(*grant.prefix);
  return std::any_of(places.begin(), places.end(), [&](const Prefix& place) { return contains(place, p.to); }) &&
         std::any_of(grant.services.begin(), grant.services.end(), [&](const Service& s) { return opens(s, p); });
}

// The policy read rule by rule, for one packet.
bool allows(const Policy& policy, const FlowPoint& p, std::optional<CivilDate> today) {
  if ((p.uid == no_id) != (p.gid == no_id)) return false;
  if (policy.mode == Mode::monitor) return true;
  bool is_governed = false;
  for (const Subject& subject : policy.subjects) {
    const bool uid_fits = holds(subject.uids, p.uid);
    const bool gid_fits = holds(subject.gids, p.gid);
    is_governed = is_governed || (subject.uids.empty() ? gid_fits : uid_fits);
    if (p.uid == no_id || !(uid_fits || subject.uids.empty()) || !(gid_fits || subject.gids.empty())) continue;
    const bool is_lookup = (p.protocol == 6 || p.protocol == 17) && p.port == 53 &&
                           std::find(policy.resolvers.begin(), policy.resolvers.end(), p.to) != policy.resolvers.end();
    if (is_lookup) return true;
    for (const Grant& grant : subject.allow)
      if (opens(grant, p, today)) return true;
  }
  if (is_governed) return false;
  if (policy.scope == Scope::subjects) return true;
  return p.loopback && std::count(policy.baseline.begin(), policy.baseline.end(), Baseline::loopback) != 0;
}

// A policy of policy_random.h with what it lacks.
Policy random_policy(unsigned seed) {
  Policy policy = policy_tests::RandomPolicy(seed, true).make();
  Random random(seed);
  if (policy.scope == Scope::host && random.below(2) == 0) policy.baseline.push_back(Baseline::loopback);
  const char* const extra[] = {"icmp", "icmpv6", "tcp/1-442", "udp/52-53"};
  for (Subject& subject : policy.subjects)
    for (Grant& grant : subject.allow) {
      if (random.below(2) == 0) grant.services.push_back(*parse_service(extra[random.below(4)]));
      if (grant.prefix || random.below(3) != 0) continue;
      // So many services and addresses that their boxes would multiply.
      for (unsigned i = 0; i < 20; ++i) {
        grant.services.push_back(*parse_service("tcp/" + std::to_string(440 + 2 * i)));
        grant.addresses.push_back(single(ipv4(0xc0000200 + 3 * i)));
      }
    }
  normalize(policy);
  return policy;
}

template <typename T, std::size_t count>
T pick(Random& random, const T (&list)[count]) {
  return list[random.below(count)];
}

FlowPoint random_point(Random& random) {
  const char* const addresses[] = {
      "192.0.2.53", "192.0.2.7", "192.0.2.8", "192.0.2.6",   "198.51.100.0", "203.0.113.9", "198.51.101.0",
      "127.0.0.1",  "::1",       "fd77::",    "2001:db8::1", "2001:db9::",   "203.0.113.8", "fd77::1"};
  const std::uint32_t ids[] = {0, 1, 2, 5, 9, 10, 11, 15, 20, 21, 25, 26, no_id - 1};
  const std::uint8_t protocols[] = {6, 6, 17, 17, 1, 58, 132};
  const std::uint16_t ports[] = {0, 1, 52, 53, 54, 442, 443, 444, 446, 999, 1000, 2000, 2001, 8 << 8, 128 << 8, 65535};
  FlowPoint point{pick(random, ids),
                  pick(random, ids),
                  random.below(2) == 0,
                  pick(random, protocols),
                  *parse_address(pick(random, addresses)),
                  pick(random, ports)};
  if (random.below(10) == 0) point.uid = no_id;
  if (random.below(10) == 0 || point.uid == no_id) point.gid = no_id;
  return point;
}

}  // namespace

TEST_CASE("flows_of() is what the policy says of each packet") {
  std::size_t allowed = 0;
  std::size_t denied = 0;
  for (unsigned seed = 1; seed <= 400; ++seed) {
    const Policy policy = random_policy(seed);
    const std::optional<CivilDate> today = seed % 2 == 0 ? std::optional(CivilDate{2024, 3, 1}) : std::nullopt;
    const FlowSpace flows = flows_of(policy, today);
    Random random(seed);
    for (int i = 0; i < 1000; ++i) {
      const FlowPoint point = random_point(random);
      const bool expected = allows(policy, point, today);
      ++(expected ? allowed : denied);
      if (flows.contains(point) == expected) continue;
      CAPTURE(seed);
      CAPTURE(to_string(single(point)));
      CHECK(flows.contains(point) == expected);
    }
  }
  CHECK(allowed > 50'000);
  CHECK(denied > 50'000);
}

TEST_CASE("a grant of many services on many addresses costs their sum") {
  Grant grant;
  grant.names.push_back(DomainName::parse("many.example").value());
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    grant.addresses.push_back(single(ipv4(2 * i)));
    grant.services.push_back({Protocol::tcp, {static_cast<std::uint16_t>(2 * i), static_cast<std::uint16_t>(2 * i)}});
  }
  Policy policy;
  policy.subjects = {policies::subject("a", {{1, 1}, {3, 3}}, {}, {grant})};
  const FlowSpace flows = flows_of(policy, std::nullopt);
  CHECK(flows.contains({3, 3, false, 6, ipv4(39'998), 39'998}));
  CHECK(!flows.contains({3, 3, false, 6, ipv4(39'998), 39'999}));
  CHECK(!flows.contains({2, 3, false, 6, ipv4(39'998), 39'998}));
}

TEST_CASE("100,000 grants of 200 subjects") {
  Policy policy;
  Random random(7);
  for (std::uint32_t id = 0; id < 200; ++id) {
    Subject& subject = policy.subjects.emplace_back(policies::subject("", {{1000 + id, 1000 + id}}, {}, {}));
    for (int i = 0; i < 500; ++i) {
      Grant& grant = subject.allow.emplace_back();
      grant.prefix = single(ipv4(static_cast<std::uint32_t>(random.next())));
      const auto port = static_cast<std::uint16_t>(random.below(12));
      grant.services = {{Protocol::tcp, {port, port}}};
    }
  }
  const auto start = std::chrono::steady_clock::now();
  const FlowSpace flows = flows_of(policy, std::nullopt);
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took < std::chrono::seconds(5));  // a tenth of it on an idle machine; what is quadratic takes minutes
  CHECK(!flows.empty());
}
