#include "commands/apply_target.h"

#include <fmt/format.h>

#include <memory>

#include "commands/blame.h"
#include "commands/dialects.h"
#include "commands/operand.h"
#include "commands/summary.h"
#include "commands/verify.h"
#include "commands/version.h"
#include "egressc/lower.h"

namespace egressc {

Result<std::optional<Target>> target_of(const PolicyFile& policy, const std::string& file,
                                        std::optional<CivilDate> today, LiveMarkers& markers,
                                        Diagnostics& diagnostics) {
  auto lowered = lower(policy.policy, {std::string(version), today, {}}, diagnostics);
  std::vector<PrintedFile> files;
  if (lowered) files = print_dialect("nftables", policy.policy, lowered->ruleset, diagnostics);
  if (files.empty()) return std::optional<Target>();
  if (const std::string report = differences(files, policy.policy, today); !report.empty())
    return Failure{"the ruleset is not equal to the policy, so nothing is changed; please report this\n" + report};

  const auto ruleset = std::make_shared<Ruleset>(std::move(lowered->ruleset));
  Target target;
  target.text = std::move(files.front().text);
  target.file = policy.name;
  target.record = {RecordKind::policy, no_time, table_comment(*ruleset), file, policy.text};
  target.side = side_of(Operand{policy.name, policy.policy, today, {}}, markers);
  target.live = live_starts(*ruleset);
  target.summary = describe_policy(policy.policy, ruleset->policy_hash);
  target.blame = [text = target.text, ruleset, policy = policy.policy, name = policy.name](const Diagnostic& one) {
    return blame(one, text, *ruleset, policy, name);
  };
  return std::optional(std::move(target));
}

}  // namespace egressc
