#include "commands/review.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "egressc/policy.h"

namespace egressc::commands {

std::vector<Finding> review(const PolicyFile& file, LintOptions options, const Ceiling& ceiling) {
  options.file = file.name;
  std::vector<Finding> findings = lint_policy(file.policy, options);
  for (Finding& finding : guard_findings(file.policy, file.name, ceiling)) findings.push_back(std::move(finding));
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.where.line, a.where.column, a.rule) < std::tie(b.where.line, b.where.column, b.rule);
  });
  return findings;
}

std::vector<Finding> errors_of(const PolicyFile& file, LintOptions options, const Ceiling& ceiling,
                               const std::vector<std::string>& accepted) {
  options.errors_only = true;
  std::vector<Finding> findings = review(file, std::move(options), ceiling);
  for (Finding& finding : findings) {
    if (std::find(accepted.begin(), accepted.end(), finding.rule) != accepted.end()) {
      finding.severity = Severity::warning;
      finding.message += ", which is accepted";
    } else {
      finding.remedy += fmt::format("; --accept {} takes it as it is", finding.rule);
    }
  }
  return findings;
}

void refuse_nobody(const Policy& policy, Diagnostics& diagnostics) {
  if (policy.scope != Scope::subjects || !policy.subjects.empty()) return;
  diagnostics.error({},
                    "the policy governs nobody: its scope is subjects, and it has none, so the ruleset would deny "
                    "nothing",
                    "name in `subjects` whom it is for; of users, logs give those whose egress they show");
}

}  // namespace egressc::commands
