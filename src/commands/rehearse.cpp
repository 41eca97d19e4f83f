#include <algorithm>

#include "commands/commands.h"
#include "commands/rehearsal.h"
#include "intake/inputs.h"
#include "intake/policy_file.h"
#include "report/rehearsal.h"
#include "support/output.h"

namespace egressc::commands {
namespace {

int report(const PolicyRehearsal& rehearsal, const RehearseOptions& options) {
  const auto& dialects = rehearsal.dialects;
  if (!options.quiet) (void)write_stderr(rehearsal_summary(dialects));
  if (rehearsal.refused)
    return fail({"the kernel refuses the ruleset, so there was nothing to rehearse"}, exit_status::system_refused);
  const bool equal = std::all_of(dialects.begin(), dialects.end(),
                                 [](const DialectRehearsal& dialect) { return dialect.result.mismatches.empty(); });
  return equal ? exit_status::done : exit_status::difference;
}

}  // namespace

int rehearse(const RehearseOptions& options, Diagnostics& diagnostics) {
  const auto users = users_of(options.passwd, diagnostics);
  if (!users || diagnostics.has_errors()) return refuse(users, diagnostics, options.color);
  const auto file = read_reviewed_policy(options.policy, "rehearse", &*users, diagnostics);
  if (!file || !*file) return refuse(file, diagnostics, options.color);
  const Policy& policy = (*file)->policy;
  const auto kernel = make_kernel();
  const auto rehearsal = rehearse_policy(policy, today_for(policy, options.now), options, *kernel, diagnostics);
  render(diagnostics, options.color);
  if (!rehearsal) return fail(rehearsal.failure(), exit_status::system_refused);
  if (!*rehearsal) return exit_status::wrong_input;
  const auto& dialects = (*rehearsal)->dialects;
  const std::string text = options.json ? rehearsal_json(dialects, options.policy, options.seed)
                                        : rehearsal_text(dialects, use_color(options.color, 1));
  if (const auto written = write_stdout(text); !written) return fail(written.failure(), exit_status::system_refused);
  return report(**rehearsal, options);
}

int rehearse(const Words& words) {
  return run_command<RehearseOptions>("rehearse", words, [](RehearseOptions& options, Diagnostics& diagnostics) {
    return rehearse(options, diagnostics);
  });
}

}  // namespace egressc::commands
