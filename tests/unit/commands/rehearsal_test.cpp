// The rehearsal of a policy with a kernel in memory, and its texts.
#include "commands/rehearsal.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "egressc/policy.h"
#include "kernel_twin.h"
#include "report/rehearsal.h"

using namespace egressc;
using commands::rehearse_policy;

namespace {

constexpr std::string_view yaml = R"(egressc: 1
scope: subjects
subjects:
  agent:
    uid: 1001
    allow:
      - to: 198.51.100.7
        ports: [tcp/443]
)";

Policy policy_of(std::string_view text) {
  Diagnostics diagnostics;
  auto policy = read_policy(text, "policy.yaml", nullptr, diagnostics);
  REQUIRE_MESSAGE(policy.has_value(), diagnostics.render(false));
  return *policy;
}

bool is_https(const FlowPoint& flow) { return flow.protocol == ip_protocol::tcp && flow.port == 443; }

// A ruleset that forgets the address.
Passage any_https(const FlowPoint& flow) {
  return {flow.uid != 1001 || is_https(flow) ? Passed::left : Passed::stopped, 0};
}

struct Stage {
  KernelTwin kernel;
  std::vector<LoadedBy> loaded_by;
  Policy policy = policy_of(yaml);
  RehearseOptions options;
  Diagnostics diagnostics;

  explicit Stage(Passage (*answer)(const FlowPoint&)) {
    kernel.stage = [this, answer](const RehearsalOrder& order) -> Result<Rehearsal> {
      loaded_by.push_back(order.loaded_by);
      CHECK(!order.text.empty());
      Rehearsal rehearsal;
      rehearsal.outcome = TrialOutcome::loaded;
      rehearsal.loader = "twin";
      rehearsal.probing = std::chrono::milliseconds(10);
      for (const FlowPoint& flow : order.flows) rehearsal.passages.push_back(answer(flow));
      return rehearsal;
    };
  }

  Result<std::optional<PolicyRehearsal>> run() {
    return rehearse_policy(policy, std::nullopt, options, kernel, diagnostics);
  }
};

}  // namespace

TEST_CASE("what the kernel lets pass and the policy does not is said") {
  Stage stage(any_https);
  const auto rehearsal = stage.run();
  REQUIRE((rehearsal && *rehearsal));
  const auto& dialects = (*rehearsal)->dialects;
  REQUIRE(dialects.size() == 1);
  const std::string text = rehearsal_text(dialects, false);
  CHECK(text.find("mismatch: nftables: agent (uid 1001): tcp 198.51.100.6 443: the policy denies it, the kernel let it "
                  "pass (an address beside the grant at policy.yaml:7:9)\n") != text.npos);
  CHECK(text.find("the kernel stopped it") == text.npos);
  CHECK(text.find("\nnftables, loaded by twin\n") != text.npos);
  CHECK(text.find(" wrong\n") != text.npos);
  CHECK(rehearsal_summary(dialects).find("mismatches; 0.010 s") != std::string::npos);
  const std::string json = rehearsal_json(dialects, stage.options.policy, stage.options.seed);
  CHECK(json.find("\"flow\": \"tcp 198.51.100.6 443\"") != json.npos);
  CHECK(json.find("\"kernel\": \"passed\"") != json.npos);
  CHECK(json.find("\"seed\": 1") != json.npos);
}

TEST_CASE("what the kernel stops and the policy allows is said") {
  Stage stage([](const FlowPoint& flow) { return Passage{flow.uid == 1001 ? Passed::stopped : Passed::left, 0}; });
  const auto rehearsal = stage.run();
  REQUIRE((rehearsal && *rehearsal));
  const std::string text = rehearsal_text((*rehearsal)->dialects, false);
  CHECK(
      text.find("mismatch: nftables: agent (uid 1001): tcp 198.51.100.7 443: the policy allows it, the kernel stopped "
                "it (of the grant at policy.yaml:7:9)\n") == 0);
  CHECK((*rehearsal)->dialects[0].result.mismatches.size() == 1);
}

TEST_CASE("what could not be sent is said with its reason, and is no mismatch") {
  Stage stage([](const FlowPoint& flow) {
    if (flow.to.family == Family::ipv6) return Passage{Passed::not_sent, ENETUNREACH};
    return Passage{flow.uid != 1001 || (is_https(flow) && flow.to.low == 0xc6336407) ? Passed::left : Passed::stopped,
                   0};
  });
  const auto rehearsal = stage.run();
  REQUIRE((rehearsal && *rehearsal));
  CHECK((*rehearsal)->dialects[0].result.mismatches.empty());
  const std::string text = rehearsal_text((*rehearsal)->dialects, false);
  CHECK(text.find("not sent, with or without the ruleset: ") != text.npos);
  CHECK(text.find(" (Network is unreachable), such as ") != text.npos);
}

TEST_CASE("not one packet sent is no success") {
  Stage stage([](const FlowPoint&) { return Passage{Passed::not_sent, EPERM}; });
  const auto rehearsal = stage.run();
  REQUIRE_FALSE(rehearsal);
  CHECK(rehearsal.failure().message.find("not one packet could be sent") != std::string::npos);
}

TEST_CASE("all dialects, each with the families it speaks of") {
  Stage stage(any_https);
  stage.options.dialect = "all";
  const auto rehearsal = stage.run();
  REQUIRE((rehearsal && *rehearsal));
  CHECK(stage.loaded_by ==
        std::vector{LoadedBy::nft, LoadedBy::iptables_restore, LoadedBy::ip6tables_restore, LoadedBy::ferm});
  std::vector<std::string_view> names;
  for (const DialectRehearsal& each : (*rehearsal)->dialects) names.push_back(each.dialect);
  CHECK(names == std::vector<std::string_view>{"nftables", "iptables-restore", "ip6tables-restore", "ferm"});
  for (const DialectRehearsal& each : (*rehearsal)->dialects)
    for (const Probe& probe : each.probes) {
      if (each.dialect == "iptables-restore") CHECK(probe.flow.to.family == Family::ipv4);
      if (each.dialect == "ip6tables-restore") CHECK(probe.flow.to.family == Family::ipv6);
    }
}

TEST_CASE("a ruleset that the kernel refuses") {
  Stage stage(any_https);
  stage.kernel.stage = [](const RehearsalOrder& order) -> Result<Rehearsal> {
    Rehearsal rehearsal;
    rehearsal.refusal.error({order.file, 3, 1}, "no such expression");
    return rehearsal;
  };
  const auto rehearsal = stage.run();
  REQUIRE((rehearsal && *rehearsal));
  CHECK((*rehearsal)->refused);
  CHECK((*rehearsal)->dialects.empty());
  CHECK(stage.diagnostics.has_errors());
}

TEST_CASE("many mismatches and many subjects are cut, and it is said") {
  std::string many = "egressc: 1\nscope: subjects\nsubjects:\n";
  for (int i = 0; i < 120; ++i)
    many += "  s" + std::to_string(i) + ":\n    uid: " + std::to_string(2000 + 2 * i) +
            "\n    allow:\n      - {to: 198.51.100.7, ports: [tcp/443]}\n";
  Stage stage([](const FlowPoint& flow) { return Passage{flow.uid == 2000 ? Passed::stopped : Passed::left, 0}; });
  stage.policy = policy_of(many);
  const auto rehearsal = stage.run();
  REQUIRE((rehearsal && *rehearsal));
  const std::string text = rehearsal_text((*rehearsal)->dialects, true);
  CHECK(text.find(" more mismatches; --json lists them\n") != text.npos);
  CHECK(text.find("\x1b[31;1mmismatch:\x1b[0m ") == 0);
  Stage right(nullptr);
  right.policy = policy_of(many);
  right.kernel.stage = [&](const RehearsalOrder& order) -> Result<Rehearsal> {
    Rehearsal answer;
    answer.outcome = TrialOutcome::loaded;
    const auto probes = choose_probes(right.policy, {std::nullopt, 1, 2000, std::nullopt});
    REQUIRE(probes.size() == order.flows.size());
    for (const Probe& probe : probes) answer.passages.push_back({probe.allowed ? Passed::left : Passed::stopped, 0});
    return answer;
  };
  const auto good = right.run();
  REQUIRE((good && *good));
  const std::string table = rehearsal_text((*good)->dialects, false);
  CHECK(table.find("mismatch") == table.npos);
  CHECK(table.find("  21 more subjects") != table.npos);
}
