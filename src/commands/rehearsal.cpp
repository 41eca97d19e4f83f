#include "commands/rehearsal.h"

#include <fmt/core.h>

#include "cli/outcome.h"
#include "egressc/backends.h"
#include "egressc/lower.h"
#include "prove/dialects.h"

namespace egressc::commands {
namespace {

// That the dialect's rulesets speak of; nullopt: both.
std::optional<Family> family_of(const Dialect& dialect) {
  const auto readings = readings_of(dialect.families);
  return readings.size() == 1 ? readings.front() : std::nullopt;
}

std::vector<FlowPoint> flows_of(const std::vector<Probe>& probes) {
  std::vector<FlowPoint> flows;
  flows.reserve(probes.size());
  for (const Probe& probe : probes) flows.push_back(probe.flow);
  return flows;
}

}  // namespace

Result<std::optional<PolicyRehearsal>> rehearse_policy(const Policy& policy, std::optional<CivilDate> today,
                                                       const RehearseOptions& options, Kernel& kernel,
                                                       Diagnostics& diagnostics) {
  const auto lowered = lower_policy(policy, {std::string(version), today}, diagnostics);
  if (!lowered) return std::optional<PolicyRehearsal>();
  const Ruleset& ruleset = lowered->ruleset;
  const std::string sets = has_live_sets(ruleset) ? first_dialect(DialectKind::sets)->print(ruleset) : std::string();

  PolicyRehearsal rehearsal;
  for (const Dialect& row : dialects()) {
    if (row.kind != DialectKind::rules || (options.dialect != "all" && options.dialect != row.name)) continue;
    DialectRehearsal dialect{row.name, {}, {}, {}, {}};
    dialect.probes = choose_probes(policy, {today, options.seed, options.most, family_of(row)});
    const std::vector<FlowPoint> flows = flows_of(dialect.probes);
    const std::string text = row.print(ruleset);
    auto answer = kernel.rehearse({row.loaded_by, text, std::string(row.file_name), flows, sets});
    if (!answer) return answer.failure();
    if (answer->outcome != TrialOutcome::loaded) {
      for (const Diagnostic& each : answer->refusal.all()) diagnostics.add(each);
      rehearsal.refused = true;
      break;
    }
    dialect.loader = std::move(answer->loader);
    dialect.probing = answer->probing;
    dialect.result = judge_rehearsal(policy, dialect.probes, answer->passages);
    if (!flows.empty() && dialect.result.total().sent() == 0)
      return Failure{fmt::format("{}: not one packet could be sent, so nothing is known", row.name)};
    rehearsal.dialects.push_back(std::move(dialect));
  }
  return std::optional(std::move(rehearsal));
}

}  // namespace egressc::commands
