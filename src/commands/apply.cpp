#include <climits>
#include <cstdlib>

#include "commands/commands.h"
#include "deploy/deploy.h"
#include "intake/guards.h"
#include "intake/inputs.h"
#include "intake/policy_file.h"
#include "kernel/kernel.h"

namespace egressc::commands {
namespace {

std::string absolute(const std::string& name) {
  char path[PATH_MAX];
  return ::realpath(name.c_str(), path) == nullptr ? std::string() : std::string(path);
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
  if (diagnostics.has_errors()) return refuse(diagnostics, color);
  if (const std::string beyond = beyond_guard((*policy)->policy, **ceiling); !beyond.empty())
    return fail({"the policy is beyond its guard, so nothing is changed; please report this\n" + beyond},
                exit_status::not_equal);
  const std::string file = is_standard_input(options.policy) ? std::string() : absolute((*policy)->name);
  const auto today = today_for((*policy)->policy, options.now);
  // What is remembered has to mean the same later on.
  if (options.passwd) (*policy)->text = write_policy_yaml((*policy)->policy);
  return apply_policy(*make_kernel(), std::move(**policy), file, today, options.change, diagnostics);
}

}  // namespace

int apply(const Words& words) { return run_command("apply", words, run_apply, nothing_changed); }

}  // namespace egressc::commands
