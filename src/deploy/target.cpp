#include <algorithm>

#include "backends/nft.h"
#include "cli/outcome.h"
#include "deploy/change.h"
#include "egressc/backends.h"
#include "egressc/flow_space.h"
#include "egressc/lower.h"
#include "intake/inputs.h"
#include "intake/operand.h"
#include "intake/policy_file.h"
#include "prove/dialects.h"
#include "readers/listing/listing.h"
#include "report/summary.h"

namespace egressc::deploy {
namespace {

std::optional<Target> policy_target(const StateRecord& record, const std::string& tag, Diagnostics& diagnostics) {
  const std::string name = record.file.empty() ? "previous policy" : record.file;
  auto policy = recorded_policy(record, name, diagnostics);
  if (!policy) return std::nullopt;
  const auto today = today_for(*policy, {});
  return target_of({name, record.body, std::move(*policy)}, record.file, today, tag, diagnostics);
}

Result<std::optional<Target>> ruleset_target(Kernel& kernel, const StateRecord& record, LiveMarkers& markers,
                                             Diagnostics& diagnostics) {
  Target target;
  target.record = record;
  target.file = "previous ruleset";
  const Micros passed = record.time == no_time ? 0 : std::max<Micros>(0, system_now() - record.time);
  target.listing = aged(record.body, std::chrono::milliseconds(passed / 1000));
  const std::string text = undo_text(target.listing);
  target.whole = text;
  target.is_switched = true;
  const auto trial = kernel.try_nftables(text, target.file);
  if (!trial) return trial.failure();
  for (const Diagnostic& one : trial->refusal.all()) diagnostics.add(one);
  if (diagnostics.has_errors()) return std::optional<Target>();
  auto rulesets = read_listing(trial->listing, target.file, {{}, std::nullopt, &markers, nullptr}, diagnostics);
  if (!rulesets) return std::optional<Target>();
  target.operand = {target.file, std::nullopt, std::nullopt, std::move(*rulesets)};
  target.summary = "back to " + describe(record) + '\n';
  return std::optional(std::move(target));
}

}  // namespace

std::optional<Policy> recorded_policy(const StateRecord& record, const std::string& name, Diagnostics& diagnostics) {
  const UserIds users = host_users();
  return read_policy(record.body, name, &users, diagnostics);
}

std::optional<Target> target_of(PolicyFile policy, const std::string& file, std::optional<CivilDate> today,
                                const std::string& tag, Diagnostics& diagnostics) {
  auto lowered = lower_policy(policy.policy, {std::string(version), today, {}, tag}, diagnostics);
  if (lowered) check_features(lowered->ruleset, *find_dialect("nftables"), false, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;

  Target target;
  target.table = nft_table(lowered->ruleset);
  target.whole = NftChange{{NftClear{}, *target.table}};
  target.is_switched = true;
  target.file = policy.name;
  target.ruleset = std::move(lowered->ruleset);
  target.record = {RecordKind::policy, no_time, table_comment(*target.ruleset), file, std::move(policy.text)};
  target.summary = describe_policy(policy.policy, target.ruleset->policy_hash);
  target.operand = {std::move(policy.name), std::move(policy.policy), today, {}};
  return target;
}

Result<std::optional<Target>> target_of(Kernel& kernel, const StateRecord& record, const std::string& tag,
                                        LiveMarkers& markers, Diagnostics& diagnostics) {
  switch (record.kind) {
    case RecordKind::policy:
      return policy_target(record, tag, diagnostics);
    case RecordKind::ruleset:
      return ruleset_target(kernel, record, markers, diagnostics);
    case RecordKind::nothing:
      break;
  }
  return std::optional(remove_target());
}

Target remove_target() {
  Target target;
  target.whole = NftChange{{NftClear{}}};
  target.is_switched = true;
  target.file = "remove";
  // A filter without hooks lets everything pass.
  target.operand = {"no table inet egressc", std::nullopt, std::nullopt, {{"", {}, possible_flows()}}};
  target.summary = "the table inet egressc goes, and with it all that it denies\n";
  return target;
}

}  // namespace egressc::deploy
