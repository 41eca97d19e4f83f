// Printed and read back, a ruleset means what it says, and a policy what it says.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "egressc/backends.h"
#include "egressc/lower.h"
#include "flow_space_universe.h"
#include "policy_random.h"
#include "readers/nft_reader_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

const char* const prefixes[] = {"192.0.2.1", "192.0.2.0/30", "198.51.100.0/24",
                                "0.0.0.0/0", "2001:db8::1",  "2001:db8::/32",
                                "fd00::/8",  "::/0",         "203.0.113.128/25"};
const PortRange port_ranges[] = {{53, 53}, {80, 90}, {443, 443}, {0, 65535}, {65535, 65535}};

template <typename T, std::size_t count>
const T& pick(Random& random, const T (&list)[count]) {
  return list[random.below(count)];
}

std::vector<Prefix> random_prefixes(Random& random) {
  std::vector<Prefix> list(random.below(3));
  for (Prefix& prefix : list) prefix = *parse_prefix(pick(random, prefixes));
  return list;
}

SubjectRules random_subject(Random& random, std::string chain) {
  SubjectRules rules;
  rules.chain = std::move(chain);
  rules.label = random.below(2) == 0 ? "agent" : "";
  for (std::size_t i = random.below(5); i > 0; --i)
    rules.boxes.push_back({range_of(*parse_prefix(pick(random, prefixes))),
                           random.below(2) == 0 ? Protocol::tcp : Protocol::udp, pick(random, port_ranges)});
  rules.echo = random_prefixes(random);
  for (std::size_t i = random.below(3); i > 0; --i) {
    LiveSet& set = rules.live.emplace_back();
    set.identifier = fmt::format("n_{}_{}", rules.chain, i);
    set.comment = random.below(2) == 0 ? "api.example" : "";
    set.services = {{Protocol::tcp, pick(random, port_ranges)}};
    if (random.below(2) == 0) set.services.push_back({Protocol::udp, pick(random, port_ranges)});
    if (random.below(3) == 0) set.services.push_back({Protocol::icmp, {}});
    if (random.below(3) == 0) set.services.push_back({Protocol::icmpv6, {}});
    set.addresses = random_prefixes(random);
  }
  return rules;
}

// uids 0, 10, 20, … or gids, a range and a single one for each group.
Ruleset random_ruleset(Random& random) {
  Ruleset ruleset;
  ruleset.version = "0.1.0";
  ruleset.policy_hash = "00ff";
  ruleset.scope = random.below(2) == 0 ? Scope::host : Scope::subjects;
  ruleset.deny = random.below(2) == 0 ? Deny::drop : Deny::reject;
  ruleset.mode = random.below(8) == 0 ? Mode::monitor : Mode::enforce;
  ruleset.established = random.below(2) == 0 ? Established::cut : Established::keep;
  if (random.below(2) == 0) ruleset.log = LogRule{};
  if (ruleset.scope == Scope::host)
    for (const Baseline word :
         {Baseline::ndp, Baseline::mld, Baseline::dhcp, Baseline::icmp_errors, Baseline::loopback})
      if (random.below(2) == 0) ruleset.baseline.push_back(word);
  const bool by_gid = random.below(4) == 0;
  for (std::uint32_t i = 0, count = static_cast<std::uint32_t>(random.below(4)); i < count; ++i) {
    const std::vector<IdRange> ids = {{10 * i, 10 * i + 2}, {10 * i + 5, 10 * i + 5}};
    UidGroup& group = ruleset.groups.emplace_back();
    const std::string chain = fmt::format("{}{}", by_gid ? 'g' : 'u', 10 * i);
    if (!by_gid) group.uids = ids;
    group.subjects.push_back(random_subject(random, chain));
    group.subjects.front().gids = by_gid ? ids : std::vector<IdRange>{};
    if (by_gid || random.below(3) != 0) continue;
    group.chain = chain;
    group.subjects.push_back(random_subject(random, chain + "_g5"));
    group.subjects[0].chain = chain + "_g0";
    group.subjects[0].gids = {{0, 2}};
    group.subjects[1].gids = {{5, 5}, {20, 29}};
  }
  return ruleset;
}

bool holds(const std::vector<IdRange>& ids, std::uint32_t id) {
  return std::any_of(ids.begin(), ids.end(),
                     [=](const IdRange& range) { return range.first <= id && id <= range.last; });
}

bool holds(const std::vector<Prefix>& list, const Address& address) {
  return std::any_of(list.begin(), list.end(), [&](const Prefix& prefix) { return contains(prefix, address); });
}

bool fits(Protocol protocol, const PortRange& ports, const FlowPoint& p) {
  return p.protocol == (protocol == Protocol::tcp ? 6 : 17) && ports.first <= p.port && p.port <= ports.last;
}

bool is_echo(const FlowPoint& p) {
  return p.to.family == Family::ipv4 ? p.protocol == 1 && p.port >> 8 == 8 : p.protocol == 58 && p.port >> 8 == 128;
}

bool allows(const SubjectRules& rules, const FlowPoint& p) {
  for (const Box& box : rules.boxes)
    if (box.addresses.first <= p.to && p.to <= box.addresses.last && fits(box.protocol, box.ports, p)) return true;
  if (is_echo(p) && holds(rules.echo, p.to)) return true;
  for (const LiveSet& set : rules.live) {
    if (!holds(set.addresses, p.to)) continue;
    for (const Service& service : set.services) {
      const bool is_icmp = service.protocol == Protocol::icmp || service.protocol == Protocol::icmpv6;
      if (is_icmp ? is_echo(p) && (service.protocol == Protocol::icmp) == (p.protocol == 1)
                  : fits(service.protocol, service.ports, p))
        return true;
    }
  }
  return false;
}

bool allows(const Ruleset& ruleset, const FlowPoint& p) {
  if (ruleset.mode == Mode::monitor) return true;
  for (const UidGroup& group : ruleset.groups) {
    if (!group.uids.empty() && !holds(group.uids, p.uid)) continue;
    for (const SubjectRules& rules : group.subjects)
      if (rules.gids.empty() || holds(rules.gids, p.gid)) return allows(rules, p);
    if (!group.uids.empty()) return false;
  }
  if (ruleset.scope == Scope::subjects) return true;
  return p.loopback && std::count(ruleset.baseline.begin(), ruleset.baseline.end(), Baseline::loopback) != 0;
}

// None that the baseline speaks of, but for loopback.
FlowPoint random_point(Random& random) {
  const char* const addresses[] = {"192.0.2.0",    "192.0.2.1",     "192.0.2.4",     "198.51.100.255",
                                   "198.51.101.0", "203.0.113.127", "203.0.113.128", "2001:db8::1",
                                   "2001:db8::2",  "2001:db9::",    "fdff::"};
  const std::uint32_t ids[] = {0, 1, 2, 3, 5, 6, 10, 12, 15, 20, 22, 29, 30};
  const std::uint8_t protocols[] = {6, 6, 17, 17, 1, 58, 132};
  const std::uint16_t ports[] = {0, 53, 79, 80, 90, 91, 443, 8 << 8, 128 << 8, 65535};
  FlowPoint point{pick(random, ids),
                  pick(random, ids),
                  random.below(2) == 0,
                  pick(random, protocols),
                  *parse_address(pick(random, addresses)),
                  pick(random, ports)};
  if (point.protocol == 1 || point.protocol == 58) point.port = random.below(2) == 0 ? 8 << 8 : 128 << 8 | 7;
  if (random.below(10) == 0) point.uid = point.gid = no_id;
  return point;
}

}  // namespace

TEST_CASE("a printed ruleset allows what its boxes hold") {
  Random random(3);
  std::size_t allowed = 0;
  for (int round = 0; round < 300; ++round) {
    const Ruleset ruleset = random_ruleset(random);
    const std::string text = print_nftables(ruleset);
    const Meaning meaning = meaning_of(text);
    for (int i = 0; i < 300; ++i) {
      const FlowPoint point = random_point(random);
      const bool expected = allows(ruleset, point);
      allowed += expected;
      if (meaning.least.contains(point) == expected && meaning.most.contains(point) == expected) continue;
      CAPTURE(text);
      CAPTURE(to_string(single(point)));
      CHECK(meaning.least.contains(point) == expected);
      CHECK(meaning.most.contains(point) == expected);
    }
  }
  CHECK(allowed > 10'000);
}

TEST_CASE("a compiled policy allows what it says, flow for flow") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    const Policy policy = policy_tests::RandomPolicy(seed).make();
    const std::optional<CivilDate> today = seed % 2 == 0 ? std::optional(CivilDate{2024, 3, 1}) : std::nullopt;
    Diagnostics diagnostics;
    const auto lowered = lower_policy(policy, {"0.1.0", today, ""}, diagnostics);
    REQUIRE(lowered.has_value());
    const Meaning meaning = meaning_of(print_nftables(lowered->ruleset));
    const FlowSpace flows = flows_of(policy, today);
    const FlowSpace baseline = baseline_flows(policy);
    CHECK(meaning.least - baseline == flows - baseline);
    CHECK(meaning.most - baseline == flows - baseline);
  }
}
