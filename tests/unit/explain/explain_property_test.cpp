// For random policies: a verdict is that of flows_of(), and a remedy, pasted, allows what was asked.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "egressc/explain.h"
#include "egressc/flow_space.h"
#include "policy_random.h"

using namespace egressc;

namespace {

using Random = std::mt19937;

unsigned pick(Random& random, unsigned below) { return static_cast<unsigned>(random() % below); }

FlowPoint random_flow(Random& random) {
  static const char* const addresses[] = {"192.0.2.7",   "192.0.2.6", "198.51.100.1", "203.0.113.9", "fd77::",
                                          "2001:db8::1", "fe80::1",   "ff02::1:2",    "192.0.2.53",  "::1"};
  static constexpr std::uint8_t protocols[] = {ip_protocol::tcp, ip_protocol::udp, ip_protocol::icmp,
                                               ip_protocol::icmpv6, 132};
  static constexpr std::uint16_t ports[] = {53, 67, 443, 444, 547, 1000, 1500, 8 << 8, 128 << 8, 135 << 8, 136 << 8};
  FlowPoint flow;
  flow.uid = pick(random, 50);
  flow.gid = pick(random, 50);
  if (pick(random, 10) == 0) flow.uid = flow.gid = no_id;
  flow.loopback = pick(random, 2) == 0;
  flow.protocol = protocols[pick(random, 5)];
  flow.to = *parse_address(addresses[pick(random, 10)]);
  flow.port = ports[pick(random, 11)];
  return flow;
}

std::optional<CivilDate> random_day(Random& random) {
  if (pick(random, 3) == 0) return std::nullopt;
  return CivilDate{pick(random, 2) == 0 ? 2024 : 2025, 2, 29 - (pick(random, 2) == 0 ? 1U : 0U)};
}

}  // namespace

TEST_CASE("a verdict on a flow is whether the policy's flows hold it") {
  Random random(1);
  unsigned counts[4] = {};
  for (unsigned round = 0; round < 300; ++round) {
    Policy policy = policy_tests::RandomPolicy(round).make();
    if (policy.scope == Scope::host && pick(random, 2) == 0)
      policy.baseline = {Baseline::ndp, Baseline::mld, Baseline::dhcp, Baseline::icmp_errors, Baseline::loopback};
    const auto today = random_day(random);
    const FlowSpace allowed = flows_of(policy, today);
    const FlowSpace baseline = baseline_flows(policy);
    for (int n = 0; n < 100; ++n) {
      const FlowPoint flow = random_flow(random);
      CAPTURE(to_string(single(flow)));
      const Judgement judgement = judge(policy, flow, today);
      ++counts[static_cast<unsigned>(judgement.ruling)];
      REQUIRE((judgement.ruling == Ruling::allowed) == allowed.contains(flow));
      REQUIRE((judgement.ruling == Ruling::undecided) == (!allowed.contains(flow) && baseline.contains(flow)));
      REQUIRE((judgement.ruling == Ruling::allowed) ==
              (judgement.basis != Basis::none && judgement.ruling != Ruling::undecided));
      REQUIRE((judgement.basis == Basis::grant) == !judgement.grants.empty());
    }
  }
  CHECK(counts[0] > 1000);
  CHECK(counts[1] > 1000);
  CHECK(counts[2] > 100);
}

TEST_CASE("the remedy, pasted where it says, allows what was asked") {
  Random random(2);
  unsigned pasted = 0;
  for (unsigned round = 0; round < 2000; ++round) {
    const std::string yaml = write_policy_yaml(policy_tests::RandomPolicy(round, true).make());
    Diagnostics diagnostics;
    const auto policy = read_policy(yaml, "policy.yaml", nullptr, diagnostics);
    REQUIRE(policy.has_value());
    FlowQuestion question;
    const FlowPoint flow = random_flow(random);
    if (flow.uid == no_id) continue;
    if (pick(random, 4) != 0) question.uid = flow.uid;
    if (!question.uid || pick(random, 4) != 0) question.gid = flow.gid;
    question.protocols = pick(random, 2) == 0 ? std::vector<std::uint8_t>{ip_protocol::tcp}
                                              : std::vector<std::uint8_t>{ip_protocol::tcp, ip_protocol::udp};
    question.port = flow.port;
    question.loopback = flow.loopback;
    if (pick(random, 2) == 0) question.name = DomainName::parse(pick(random, 2) == 0 ? "a.example" : "new.example");
    if (!question.name || pick(random, 2) == 0) question.address = flow.to;
    const auto today = random_day(random);
    const Answer answer = explain_flow(*policy, question, today);
    if (!answer.remedy) continue;
    REQUIRE(answer.ruling != Ruling::allowed);

    std::size_t at = yaml.size();
    if (answer.remedy->before != 0) {
      at = 0;
      for (std::uint32_t line = 1; line < answer.remedy->before; ++line) at = yaml.find('\n', at) + 1;
    }
    std::string after = yaml;
    after.insert(at, answer.remedy->yaml);
    CAPTURE(after);
    const auto changed = read_policy(after, "policy.yaml", nullptr, diagnostics);
    REQUIRE_MESSAGE(changed.has_value(), diagnostics.render(false));
    REQUIRE(explain_flow(*changed, question, today).ruling == Ruling::allowed);
    ++pasted;
  }
  CHECK(pasted > 200);
}
