// Random rulesets, printed by the xtables dialects and read back, mean what their boxes say.
#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "egressc/backends.h"
#include "egressc/readers.h"

using namespace egressc;

namespace {

using Random = std::mt19937;

unsigned pick(Random& random, unsigned below) { return static_cast<unsigned>(random() % below); }

std::uint16_t random_port(Random& random) {
  constexpr std::uint16_t ports[] = {0, 1, 52, 53, 80, 442, 443, 1024, 65534, 65535};
  return ports[pick(random, 10)];
}

PortRange random_ports(Random& random) {
  const auto [first, last] = std::minmax({random_port(random), random_port(random)});
  return {first, last};
}

Address random_address(Random& random) {
  if (pick(random, 2) == 0) return ipv4(0xc0000200 + pick(random, 16));
  return {Family::ipv6, 0x20010db800000000, pick(random, 16)};
}

SubjectRules random_subject(Random& random, std::string chain) {
  SubjectRules rules;
  rules.label = chain;
  rules.chain = std::move(chain);
  for (unsigned n = pick(random, 6); n != 0; --n) {
    const Address address = random_address(random);
    Address last = address;
    last.low += pick(random, 9);
    const Protocol protocol = pick(random, 2) == 0 ? Protocol::tcp : Protocol::udp;
    for (unsigned ports = 1 + pick(random, 10); ports != 0; --ports)
      rules.boxes.push_back({{address, last}, protocol, random_ports(random)});
  }
  for (unsigned n = pick(random, 3); n != 0; --n) rules.echo.push_back(single(random_address(random)));
  return rules;
}

void add_gid_subjects(Random& random, UidGroup& group, const std::string& chain) {
  for (std::uint32_t gid = 100, n = 1 + pick(random, 3); n != 0; --n, gid += 10) {
    SubjectRules rules = random_subject(random, chain + "_g" + std::to_string(gid));
    rules.uids = group.uids;
    rules.gids = {{gid, gid + pick(random, 3)}, {gid + 5, gid + 5}};
    group.subjects.push_back(std::move(rules));
  }
}

Ruleset random_ruleset(Random& random) {
  Ruleset ruleset;
  ruleset.version = "0.1.0";
  ruleset.policy_hash = "00ff";
  ruleset.scope = pick(random, 2) == 0 ? Scope::host : Scope::subjects;
  ruleset.deny = pick(random, 2) == 0 ? Deny::reject : Deny::drop;
  ruleset.mode = pick(random, 8) == 0 ? Mode::monitor : Mode::enforce;
  ruleset.established = pick(random, 2) == 0 ? Established::keep : Established::cut;
  if (pick(random, 3) == 0) ruleset.log = LogRule{};
  if (ruleset.scope == Scope::host && pick(random, 2) == 0) ruleset.baseline.push_back(Baseline::icmp_errors);
  if (ruleset.scope == Scope::host && pick(random, 2) == 0) ruleset.baseline.push_back(Baseline::loopback);
  if (pick(random, 4) == 0) {
    add_gid_subjects(random, ruleset.groups.emplace_back(), "all");
    return ruleset;
  }
  for (std::uint32_t uid = 1000, n = pick(random, 4); n != 0; --n, uid += 10) {
    UidGroup& group = ruleset.groups.emplace_back();
    group.uids = {{uid, uid + pick(random, 3)}, {uid + 5, uid + 5}};
    const std::string chain = "u" + std::to_string(uid);
    if (pick(random, 3) == 0) {
      group.chain = chain;
      add_gid_subjects(random, group, chain);
    } else {
      group.subjects.push_back(random_subject(random, chain));
      group.subjects.front().uids = group.uids;
    }
  }
  return ruleset;
}

FlowSpace of_family(Family family) {
  FlowBox box;
  box.addresses = range_of(parse_prefix(family == Family::ipv4 ? "0.0.0.0/0" : "::/0").value());
  return FlowSpace(box);
}

FlowSpace with_ids(const std::vector<IdRange>& uids, const std::vector<IdRange>& gids) {
  FlowSpace by_uid = uids.empty() ? FlowSpace::all() : FlowSpace();
  FlowSpace by_gid = gids.empty() ? FlowSpace::all() : FlowSpace();
  FlowBox box;
  for (const IdRange& uid : uids) {
    box.uids = uid;
    by_uid |= FlowSpace(box);
  }
  box = {};
  for (const IdRange& gid : gids) {
    box.gids = gid;
    by_gid |= FlowSpace(box);
  }
  return by_uid & by_gid;
}

FlowSpace grants_of(const SubjectRules& rules) {
  FlowSpace space;
  for (const Box& granted : rules.boxes) {
    FlowBox box;
    const std::uint8_t protocol = granted.protocol == Protocol::tcp ? ip_protocol::tcp : ip_protocol::udp;
    box.protocols = {protocol, protocol};
    box.addresses = granted.addresses;
    box.ports = granted.ports;
    space |= FlowSpace(box);
  }
  for (const Prefix& to : rules.echo) {
    const bool v4 = to.address.family == Family::ipv4;
    FlowBox box;
    const std::uint8_t protocol = v4 ? ip_protocol::icmp : ip_protocol::icmpv6;
    box.protocols = {protocol, protocol};
    box.addresses = range_of(to);
    box.ports = icmp_type(v4 ? 8 : 128);
    space |= FlowSpace(box);
  }
  return space;
}

FlowSpace icmp_errors() {
  FlowSpace space;
  const auto add = [&space](std::uint8_t protocol, std::uint8_t type) {
    FlowBox box;
    box.uids = {no_id, no_id};
    box.protocols = {protocol, protocol};
    box.addresses = range_of(parse_prefix(protocol == ip_protocol::icmp ? "0.0.0.0/0" : "::/0").value());
    box.ports = icmp_type(type);
    space |= FlowSpace(box);
  };
  for (const std::uint8_t type : std::initializer_list<std::uint8_t>{3, 11, 12}) add(ip_protocol::icmp, type);
  for (const std::uint8_t type : std::initializer_list<std::uint8_t>{1, 2, 3, 4}) add(ip_protocol::icmpv6, type);
  return space;
}

FlowSpace meaning_of(const Ruleset& ruleset) {
  if (ruleset.mode == Mode::monitor) return FlowSpace::all();
  FlowSpace governed;
  FlowSpace granted;
  for (const UidGroup& group : ruleset.groups) {
    if (!group.uids.empty()) governed |= with_ids(group.uids, {});
    for (const SubjectRules& rules : group.subjects) {
      const FlowSpace subject = with_ids(group.uids, rules.gids);
      governed |= subject;
      granted |= subject & grants_of(rules);
    }
  }
  if (ruleset.scope == Scope::subjects) return granted | ~governed;
  for (const Baseline baseline : ruleset.baseline) {
    FlowBox loopback;
    loopback.loopback = true;
    granted |= (baseline == Baseline::loopback ? FlowSpace(loopback) : icmp_errors()) - governed;
  }
  return granted;
}

void check(const std::optional<Filter>& filter, Family family, const FlowSpace& expected) {
  REQUIRE(filter);
  const Meaning meaning = evaluate(*filter, of_family(family));
  CHECK(meaning.undecided.empty());
  CHECK(meaning.least == meaning.most);
  CHECK(meaning.least == (expected & of_family(family)));
}

}  // namespace

TEST_CASE("a printed ruleset means what it was made of") {
  constexpr unsigned cases = 150;
  for (unsigned seed = 0; seed != cases; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Ruleset ruleset = random_ruleset(random);
    const FlowSpace expected = meaning_of(ruleset);
    Diagnostics diagnostics;
    const std::string v4 = print_iptables_restore(ruleset);
    const std::string v6 = print_ip6tables_restore(ruleset);
    const std::string ferm = print_ferm(ruleset);
    check(read_iptables(v4, "v4", Family::ipv4, diagnostics), Family::ipv4, expected);
    check(read_iptables(v6, "v6", Family::ipv6, diagnostics), Family::ipv6, expected);
    check(read_ferm(ferm, "ferm", Family::ipv4, diagnostics), Family::ipv4, expected);
    check(read_ferm(ferm, "ferm", Family::ipv6, diagnostics), Family::ipv6, expected);
    CHECK(diagnostics.all().empty());
  }
}

TEST_CASE("what asks for more than a flow has passes possibly, not surely") {
  Ruleset ruleset;
  ruleset.scope = Scope::host;
  ruleset.baseline = {Baseline::ndp, Baseline::mld, Baseline::dhcp};
  Diagnostics diagnostics;
  const auto filter = read_iptables(print_ip6tables_restore(ruleset), "v6", Family::ipv6, diagnostics);
  REQUIRE(filter);
  const Meaning meaning = evaluate(*filter, of_family(Family::ipv6));
  CHECK(meaning.least.empty());
  CHECK(meaning.undecided.size() == 8);
  const auto solicit = FlowPoint{no_id, no_id, false, 58, {Family::ipv6, 0xff02000000000000, 1}, 135 << 8};
  CHECK(meaning.most.contains(solicit));
  FlowPoint echo = solicit;
  echo.port = 128 << 8;
  CHECK_FALSE(meaning.most.contains(echo));
}

TEST_CASE("thousands of grants and subjects are read in no time") {
  Ruleset ruleset;
  ruleset.scope = Scope::host;
  for (std::uint32_t uid = 1000; uid != 3000; ++uid) {
    SubjectRules rules;
    rules.label = rules.chain = "u" + std::to_string(uid);
    rules.uids = {{uid, uid}};
    for (std::uint32_t i = 0; i != 5; ++i) {
      const Address to = ipv4(0xc0000200 + uid * 7 + i * 3);
      rules.boxes.push_back({{to, to}, Protocol::tcp, {443, 443}});
    }
    ruleset.groups.push_back({rules.uids, "", {rules}});
  }
  Diagnostics diagnostics;
  const auto filter = read_iptables(print_iptables_restore(ruleset), "v4", Family::ipv4, diagnostics);
  check(filter, Family::ipv4, meaning_of(ruleset));
}
