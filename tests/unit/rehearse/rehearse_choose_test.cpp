// Which flows are tried.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "egressc/explain.h"
#include "egressc/flow_space.h"
#include "policies.h"
#include "policy_random.h"
#include "rehearse/rehearse.h"

using namespace egressc;
using namespace egressc::policies;

namespace {

constexpr CivilDate today{2026, 11, 26};

Policy of(std::vector<Subject> subjects, Scope scope = Scope::subjects) {
  Policy policy;
  policy.scope = scope;
  policy.subjects = std::move(subjects);
  normalize(policy);
  return policy;
}

std::vector<Probe> chosen(const Policy& policy, std::size_t most = 2000, std::uint64_t seed = 1) {
  return choose_probes(policy, {today, seed, most, std::nullopt});
}

std::vector<FlowPoint> flows(const std::vector<Probe>& probes) {
  std::vector<FlowPoint> result;
  for (const Probe& probe : probes) result.push_back(probe.flow);
  return result;
}

bool tries(const std::vector<Probe>& probes, std::uint32_t uid, std::string_view to, std::uint8_t protocol,
           std::uint16_t port, bool allowed) {
  return std::any_of(probes.begin(), probes.end(), [&](const Probe& probe) {
    const FlowPoint& flow = probe.flow;
    return flow.uid == uid && flow.to == *parse_address(to) && flow.protocol == protocol && flow.port == port &&
           probe.allowed == allowed;
  });
}

std::size_t count(const std::vector<Probe>& probes, ProbeKind kind, bool allowed) {
  return static_cast<std::size_t>(std::count_if(probes.begin(), probes.end(), [&](const Probe& probe) {
    return probe.kind == kind && probe.allowed == allowed;
  }));
}

std::size_t count_allowed(const std::vector<Probe>& probes) {
  return static_cast<std::size_t>(
      std::count_if(probes.begin(), probes.end(), [](const Probe& probe) { return probe.allowed; }));
}

}  // namespace

TEST_CASE("a grant is tried at its ends, and beside them") {
  const Policy policy = of({subject("agent", {{1001, 1003}}, {}, {grant("203.0.113.0/24", {"tcp/1000-2000"})})});
  const auto probes = chosen(policy);
  for (const std::string_view to : {"203.0.113.0", "203.0.113.255"})
    for (const std::uint16_t port : {std::uint16_t{1000}, std::uint16_t{2000}})
      CHECK(std::any_of(probes.begin(), probes.end(), [&](const Probe& probe) {
        return probe.kind == ProbeKind::grant && probe.allowed && probe.flow.to == *parse_address(to) &&
               probe.flow.port == port;
      }));
  for (const std::uint32_t uid : {1001U, 1002U, 1003U})
    CHECK(std::any_of(probes.begin(), probes.end(),
                      [&](const Probe& probe) { return probe.kind == ProbeKind::grant && probe.flow.uid == uid; }));
  for (const std::string_view to : {"203.0.112.255", "203.0.114.0"})
    CHECK(std::any_of(probes.begin(), probes.end(), [&](const Probe& probe) {
      return probe.kind == ProbeKind::address && !probe.allowed && probe.flow.to == *parse_address(to);
    }));
  for (const std::uint16_t port : {std::uint16_t{999}, std::uint16_t{2001}})
    CHECK(std::any_of(probes.begin(), probes.end(), [&](const Probe& probe) {
      return probe.kind == ProbeKind::port && !probe.allowed && probe.flow.port == port;
    }));
  // Users beside the subject are left alone.
  for (const std::uint32_t uid : {1000U, 1004U})
    CHECK(std::any_of(probes.begin(), probes.end(), [&](const Probe& probe) {
      return probe.flow.uid == uid && probe.allowed && probe.subject == nullptr;
    }));
}

TEST_CASE("every kind is there, and as many denied flows as allowed ones") {
  Policy policy = of({subject("five", {{1001, 1001}}, {{5, 5}}, {grant("198.51.100.7", {"tcp/443", "icmp"})}),
                      subject("other", {{1002, 1005}}, {}, {grant("2001:db8::/64", {"any/53", "icmpv6"})})},
                     Scope::host);
  policy.subjects[0].allow.push_back(grant("192.0.2.1", {"tcp/80"}));
  policy.subjects[0].allow.back().expires = CivilDate{2026, 11, 25};
  policy.resolvers = {*parse_address("127.0.0.53")};
  normalize(policy);
  const auto probes = chosen(policy);
  for (std::size_t kind = 0; kind < probe_kinds; ++kind) {
    CAPTURE(to_string(static_cast<ProbeKind>(kind)));
    const bool of_grants = kind <= static_cast<std::size_t>(ProbeKind::resolver);
    CHECK(count(probes, static_cast<ProbeKind>(kind), of_grants) > 0);
  }
  CHECK(probes.size() - count_allowed(probes) >= count_allowed(probes));
  CHECK(probes.size() < 1000);
  CHECK(tries(probes, 1001, "192.0.2.1", ip_protocol::tcp, 80, false));
  for (const Probe& probe : probes) CHECK(probe.flow.loopback == is_loopback(probe.flow.to));
}

TEST_CASE("the ends of the spaces of ids, ports and addresses") {
  const Policy policy = of({subject("root", {{0, 0}}, {}, {grant("0.0.0.0/0", {"any"})}),
                            subject("last", {{no_id - 1, no_id - 1}}, {}, {grant("::/0", {"tcp/1", "udp/65535"})})},
                           Scope::host);
  const auto probes = chosen(policy);
  CHECK(tries(probes, 0, "1.0.0.0", ip_protocol::tcp, 1, true));
  CHECK(tries(probes, 0, "255.255.255.254", ip_protocol::udp, 65535, true));
  CHECK(tries(probes, no_id - 1, "::1", ip_protocol::tcp, 1, true));
  CHECK(tries(probes, no_id - 1, "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ip_protocol::udp, 65535, true));
  for (const Probe& probe : probes) {
    CHECK(probe.flow.uid != no_id);
    CHECK(probe.flow.gid != no_id);
    CHECK(!is_unspecified(probe.flow.to));
    CHECK(probe.flow.port != 0);
    // Not beyond the last port, user or address, by way of zero.
    if (probe.kind == ProbeKind::port) CHECK(probe.flow.port != 0);
  }
}

TEST_CASE("what cannot be sent is tried only where it is granted") {
  const Policy policy = of({subject("agent", {{1001, 1001}}, {}, {grant("224.0.0.5", {"tcp/80"})})});
  for (const Probe& probe : chosen(policy))
    if (is_multicast(probe.flow.to) && probe.flow.protocol == ip_protocol::tcp) CHECK(probe.kind == ProbeKind::grant);
}

TEST_CASE("monitor lets everything pass") {
  Policy policy = of({subject("agent", {{1001, 1001}}, {}, {grant("198.51.100.7", {"tcp/443"})})}, Scope::host);
  policy.mode = Mode::monitor;
  const auto probes = chosen(policy);
  CHECK(count_allowed(probes) == probes.size());
  CHECK(count(probes, ProbeKind::port, true) > 0);
}

TEST_CASE("a policy without subjects") {
  const auto host = chosen(of({}, Scope::host));
  CHECK(count_allowed(host) == 0);
  CHECK(count(host, ProbeKind::elsewhere, false) > 0);
  const auto subjects = chosen(of({}));
  CHECK(count_allowed(subjects) == subjects.size());
}

TEST_CASE("one family alone") {
  const Policy policy = of(
      {subject("agent", {{1001, 1001}}, {}, {grant("198.51.100.7", {"tcp/443"}), grant("2001:db8::7", {"tcp/443"})})});
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto probes = choose_probes(policy, {today, 1, 2000, family});
    CHECK(count(probes, ProbeKind::grant, true) > 0);
    for (const Probe& probe : probes) CHECK(probe.flow.to.family == family);
  }
}

TEST_CASE("a sample is as large as it may be, and has its seed's flows") {
  std::vector<Grant> grants;
  for (std::uint32_t i = 0; i < 300; ++i)
    grants.push_back(grant(to_string(ipv4(0x0a000000 + 512 * i)), {"tcp/443", "udp/1000-2000"}));
  const Policy policy = of({subject("agent", {{1001, 1009}}, {}, grants)}, Scope::host);
  for (const std::size_t most : {1UL, 7UL, 100UL, 700UL}) {
    CAPTURE(most);
    const auto probes = chosen(policy, most);
    CHECK(count_allowed(probes) == most);
    CHECK(probes.size() == 2 * most);
  }
  CHECK(flows(chosen(policy, 200, 1)) == flows(chosen(policy, 200, 1)));
  CHECK(flows(chosen(policy, 200, 1)) != flows(chosen(policy, 200, 2)));
  // Enough for one flow of each service of each grant, so each has one.
  std::set<std::pair<const Grant*, std::uint8_t>> seen;
  for (const Probe& probe : chosen(policy, 800))
    if (probe.kind == ProbeKind::grant) seen.emplace(probe.grant, probe.flow.protocol);
  CHECK(seen.size() == 600);
}

// judge() reads the policy grant by grant, and knows of no set of flows.
TEST_CASE("expectations are those of the policy") {
  std::size_t allowed = 0, denied = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const Policy policy = policy_tests::RandomPolicy(seed).make();
    const auto probes = chosen(policy, 100, seed);
    CHECK(count_allowed(probes) <= 100);
    CHECK(probes.size() - count_allowed(probes) <= 100);
    CHECK(std::is_sorted(probes.begin(), probes.end(), [](const Probe& a, const Probe& b) { return a.flow < b.flow; }));
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const Probe& probe = probes[i];
      if (i > 0) CHECK(probes[i - 1].flow != probe.flow);
      const Judgement judgement = judge(policy, probe.flow, today);
      CHECK(judgement.ruling == (probe.allowed ? Ruling::allowed : Ruling::denied));
      CHECK(judgement.subject == probe.subject);
      ++(probe.allowed ? allowed : denied);
    }
  }
  CHECK(allowed > 5000);
  CHECK(denied > 5000);
}

TEST_CASE("what the baseline may allow is left out") {
  Policy policy =
      of({subject("agent", {{1001, 1001}}, {}, {grant("198.51.100.7", {"udp/66", "udp/68"})})}, Scope::host);
  CHECK(tries(chosen(policy), 1001, "198.51.100.7", ip_protocol::udp, 67, false));
  policy.baseline = {Baseline::dhcp};
  const FlowSpace perhaps = baseline_flows(policy);
  for (const Probe& probe : chosen(policy)) CHECK_FALSE(perhaps.contains(probe.flow));
}

// The same everywhere: a change of these is a change of what a seed means.
TEST_CASE("the flows of a seed") {
  const Policy policy = of({subject("agent", {{1001, 1001}}, {}, {grant("2001:db8::/32", {"tcp/1000-2000"})})});
  const auto probes = choose_probes(policy, {today, 42, 3, std::nullopt});
  std::string text;
  for (const Probe& probe : probes)
    text += std::to_string(probe.flow.uid) + ' ' + to_string(probe.flow.to) + ' ' + std::to_string(probe.flow.port) +
            ' ' + std::string(to_string(probe.kind)) + '\n';
  CHECK(text ==
        "1001 2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 1000 address\n"
        "1001 2001:db8:: 1000 grant\n"
        "1001 2001:db8:: 2001 port\n"
        "1001 2001:db8:: 1000 protocol\n"
        "1001 2001:db8:d81b:12ab:c609:e910:ccf6:d8cc 1000 grant\n"
        "1001 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 1000 grant\n");
}
