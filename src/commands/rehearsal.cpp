#include "commands/rehearsal.h"

#include <fmt/format.h>

#include "commands/dialects.h"
#include "commands/version.h"
#include "egressc/backends.h"
#include "egressc/lower.h"

namespace egressc {
namespace {

// Those that the dialect's ruleset speaks of; nullopt: both.
std::optional<Family> family_of(std::string_view dialect) {
  if (dialect == "iptables-restore") return Family::ipv4;
  if (dialect == "ip6tables-restore") return Family::ipv6;
  return std::nullopt;
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
  const auto lowered = lower(policy, {std::string(version), today}, diagnostics);
  std::vector<PrintedFile> files;
  if (lowered) files = print_dialect(options.dialect, policy, lowered->ruleset, diagnostics);
  if (files.empty()) return std::optional<PolicyRehearsal>();

  PolicyRehearsal rehearsal;
  for (const PrintedFile& file : files) {
    if (find_backend(file.dialect) == nullptr) continue;  // a policy is no ruleset
    DialectRehearsal dialect{file.dialect, {}, {}, {}, {}};
    dialect.probes = choose_probes(policy, {today, options.seed, options.most, family_of(file.dialect)});
    const std::vector<FlowPoint> flows = flows_of(dialect.probes);
    auto answer = kernel.rehearse({file.dialect, file.text, file.name, flows});
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
      return Failure{fmt::format("{}: not one packet could be sent, so nothing is known", file.dialect)};
    rehearsal.dialects.push_back(std::move(dialect));
  }
  return std::optional(std::move(rehearsal));
}

}  // namespace egressc
