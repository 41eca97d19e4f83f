#include <algorithm>
#include <climits>
#include <cstdlib>

#include "commands/commands.h"
#include "commands/review.h"
#include "deploy/deploy.h"
#include "intake/guards.h"
#include "intake/inputs.h"
#include "intake/policy_file.h"
#include "kernel/kernel.h"
#include "report/findings.h"
#include "support/output.h"

namespace egressc::commands {
namespace {

std::string absolute(const std::string& name) {
  char path[PATH_MAX];
  return ::realpath(name.c_str(), path) == nullptr ? std::string() : std::string(path);
}

// Says what `check` calls an error. False: some of it was not accepted.
bool is_acceptable(const PolicyFile& file, const ApplyOptions& options, const Ceiling& ceiling) {
  LintOptions lint;
  lint.now = options.now ? *options.now : system_now();
  const auto errors = errors_of(file, std::move(lint), ceiling, options.accepted);
  if (errors.empty()) return true;
  const std::size_t most = options.change.verbose ? std::string::npos : most_of_a_kind;
  (void)write_stderr(findings_text({{file.text, errors}}, most, use_color(options.change.color, 2)));
  return std::none_of(errors.begin(), errors.end(),
                      [](const Finding& finding) { return finding.severity == Severity::error; });
}

int run_apply(ApplyOptions& options, Diagnostics& diagnostics) {
  if (options.rehearsal) return guarded(too_many_flows, [&] { return rehearse(*options.rehearsal, diagnostics); });
  const ColorMode color = options.change.color;
  const auto users = users_of(options.passwd, diagnostics);
  if (!users) return refuse(users, diagnostics, color);
  const auto ceiling = read_guards(options.guards, &*users, diagnostics);
  if (!ceiling || !*ceiling) return refuse(ceiling, diagnostics, color);
  auto policy = read_reviewed_policy(options.policy, "apply", &*users, diagnostics);
  if (!policy || !*policy) return refuse(policy, diagnostics, color);
  refuse_excess((*policy)->policy, **ceiling, diagnostics);
  tell_unlimited((*policy)->policy, **ceiling, diagnostics);
  refuse_nobody((*policy)->policy, diagnostics);
  if (diagnostics.has_errors()) return refuse(diagnostics, color);
  if (const std::string beyond = beyond_guard((*policy)->policy, **ceiling); !beyond.empty())
    return fail({"the policy is beyond its guard, so nothing is changed; please report this\n" + beyond},
                exit_status::not_equal);
  const bool is_accepted = is_acceptable(**policy, options, **ceiling);
  if (!is_accepted && !options.change.dry_run)
    return fail({"what `egressc check` calls an error is not applied unless it is accepted: nothing is changed"},
                exit_status::wrong_input);
  const std::string file = is_standard_input(options.policy) ? std::string() : absolute((*policy)->name);
  const auto today = today_for((*policy)->policy, options.now);
  // What is remembered has to mean the same later on.
  if (options.passwd) (*policy)->text = write_policy_yaml((*policy)->policy);
  const int status = apply_policy(*make_kernel(), std::move(**policy), file, today, options.change, diagnostics);
  if (is_accepted || status != exit_status::done) return status;
  return fail({"it would not be applied: what `egressc check` calls an error is not accepted"},
              exit_status::wrong_input);
}

}  // namespace

int apply(const Words& words) { return run_command("apply", words, run_apply, nothing_changed); }

}  // namespace egressc::commands
