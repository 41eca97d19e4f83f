#include "cli/outcome.h"
#include "deploy/change.h"
#include "deploy/confirmation.h"
#include "deploy/deploy.h"
#include "deploy/state.h"
#include "egressc/flow_space.h"
#include "egressc/lower.h"
#include "intake/inputs.h"
#include "intake/operand.h"
#include "intake/policy_file.h"

namespace egressc::deploy {
namespace {

AppliedPolicy applied_policy(const std::string& comment) {
  constexpr std::size_t scheme = std::string_view("sha256:").size();
  AppliedPolicy applied;
  applied.version = version_in(comment);
  if (const std::string hash = hash_in(comment); !hash.empty()) applied.hash = hash.substr(scheme);
  return applied;
}

AppliedPolicy applied_policy(const StateRecord& record) {
  AppliedPolicy applied = applied_policy(record.comment);
  if (record.kind == RecordKind::nothing) return applied;
  if (record.time != no_time) applied.since = record.time;
  applied.file = record.kind == RecordKind::policy ? record.file : describe(record);
  return applied;
}

// Drift and counters, where the policy is known.
class Comparison {
 public:
  // `applied`: when it was lowered; nullopt: not known.
  Comparison(const Policy& policy, std::string name, std::optional<Micros> applied, StatusReport& report)
      : policy_(policy), name_(std::move(name)), applied_(applied), report_(report) {}

  // Both stay unknown where errors are added.
  void read(const std::string& json, Diagnostics& diagnostics) {
    const auto counts = read_table_counts(json, "kernel", diagnostics);
    const auto day = today_for(policy_, applied_);
    const std::string tag = json.find(R"("target": "rules_b")") == json.npos ? "" : "_b";
    const auto lowered = lower_policy(policy_, {std::string(version), day, {}, tag}, diagnostics);
    if (counts && lowered) report_.usage = usage_of(policy_, lowered->ruleset, *counts, day);
    LiveMarkers markers(true);
    auto filter = read_nftables_json(json, "kernel", diagnostics, {&markers, {}});
    if (!filter) return;
    const Side runs =
        side_of({"what runs", {}, {}, {ReadRuleset{"kernel", std::move(*filter), possible_flows()}}}, markers);
    const Side says = side_of({name_, policy_, today_for(policy_, {}), {}}, markers);
    const Difference difference = compare_sides(says, runs);
    report_.drift = difference.empty() ? Drift::none : Drift::drifted;
    if (!difference.empty()) report_.drift_text = describe(by_subject(difference, says, runs, markers), false);
  }

 private:
  const Policy& policy_;
  std::string name_;
  std::optional<Micros> applied_;
  StatusReport& report_;
};

Result<std::optional<PolicyFile>> known_policy(const std::string& word, const std::optional<StateRecord>& record,
                                               Diagnostics& diagnostics) {
  if (!word.empty()) {
    const UserIds users = host_users();
    return read_reviewed_policy(word, "status", &users, diagnostics);
  }
  if (!record || record->kind != RecordKind::policy) return std::optional<PolicyFile>();
  auto policy = recorded_policy(*record, record->file, diagnostics);
  if (!policy) return std::optional<PolicyFile>();
  return std::optional(PolicyFile{record->file, record->body, std::move(*policy)});
}

}  // namespace
}  // namespace egressc::deploy

namespace egressc {

Result<StatusReport> report_status(Kernel& kernel, const std::string& netns, const std::string& state_directory,
                                   const std::string& policy_word, Diagnostics& diagnostics) {
  using namespace deploy;
  StatusReport report;
  report.made = system_now();
  if (const Ability ability = kernel.net_admin(); !ability.given) return Failure{ability.reason};
  const auto network = kernel.identify(netns);
  if (!network) return network.failure();
  report.netns = network->name;
  const State state(state_directory, network->key);
  const auto table = kernel.own_table(netns);
  if (!table) return table.failure();
  const auto record = state.running(*table);
  if (!record) return record.failure();
  const auto previous = state.previous(*table);
  if (!previous) return previous.failure();
  const auto guardian = ask_status(state);
  if (guardian && guardian->kind == GuardianAnswer::Kind::waiting) report.pending = Pending{guardian->left, {}, true};
  if (guardian && guardian->kind == GuardianAnswer::Kind::nobody && state.awaits_confirmation(*table))
    report.pending = Pending{{}, {}, false};
  if (!guardian) report.warnings.push_back(guardian.failure().message);

  report.table_present = !runs_nothing(*table);
  if (*record) report.current = applied_policy(**record);
  if (report.pending && *record) report.pending->since = report.current.since;
  const AppliedPolicy said = applied_policy(table->comment);
  report.current.version = said.version;
  report.current.hash = said.hash;
  if (*previous) {
    report.previous = applied_policy(**previous);
    if ((*previous)->kind == RecordKind::nothing) report.previous->file = describe(**previous);
  }
  if (!report.table_present) return report;

  auto policy = known_policy(policy_word, *record, diagnostics);
  if (!policy) return policy.failure();
  if (!*policy) return report;
  const auto json = kernel.own_json(netns);
  if (!json) return json.failure();
  const auto applied = policy_word.empty() ? report.current.since : std::nullopt;
  Comparison((*policy)->policy, (*policy)->name, applied, report).read(*json, diagnostics);
  return report;
}

}  // namespace egressc
