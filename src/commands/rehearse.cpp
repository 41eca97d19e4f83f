#include "commands/rehearse.h"

#include <algorithm>
#include <stdexcept>

#include "intake/input_policy.h"
#include "cli/option_reader.h"
#include "cli/outcome.h"
#include "commands/rehearsal.h"
#include "report/rehearsal.h"
#include "intake/reviewed_policy.h"
#include "support/output.h"

namespace egressc {
namespace {

std::optional<CivilDate> today_of(const Policy& policy, const RehearseOptions& options) {
  InputOptions input;
  input.now = options.now;
  return today_for(policy, input);
}

int report(const PolicyRehearsal& rehearsal, const RehearseOptions& options) {
  const auto& dialects = rehearsal.dialects;
  if (!options.quiet) (void)write_stderr(rehearsal_summary(dialects));
  if (rehearsal.refused)
    return fail({"the kernel refuses the ruleset, so there was nothing to rehearse"}, exit_status::system_refused);
  const bool equal = std::all_of(dialects.begin(), dialects.end(),
                                 [](const DialectRehearsal& dialect) { return dialect.result.mismatches.empty(); });
  return equal ? exit_status::done : exit_status::difference;
}

int run(const RehearseOptions& options) {
  Diagnostics diagnostics;
  const auto file = read_reviewed_policy(options.policy, "rehearse", &options.users, diagnostics);
  if (!file || !*file) {
    render(diagnostics, options.color);
    return file ? exit_status::wrong_input : fail(file.failure(), exit_status::wrong_input);
  }
  const Policy& policy = (*file)->policy;
  const auto kernel = make_kernel();
  const auto rehearsal = rehearse_policy(policy, today_of(policy, options), options, *kernel, diagnostics);
  render(diagnostics, options.color);
  if (!rehearsal) return fail(rehearsal.failure(), exit_status::system_refused);
  if (!*rehearsal) return exit_status::wrong_input;
  const auto& dialects = (*rehearsal)->dialects;
  const std::string text =
      options.json ? rehearsal_json(dialects, options.policy, options.seed) : rehearsal_text(dialects, use_color(options.color, 1));
  if (const auto written = write_stdout(text); !written) return fail(written.failure(), exit_status::system_refused);
  return report(**rehearsal, options);
}

}  // namespace

int rehearse(const RehearseOptions& options) {
  try {
    return run(options);
  } catch (const std::length_error&) { return fail({"the flows do not fit into memory"}, exit_status::system_refused); }
}

int rehearse(const std::vector<std::string>& arguments) {
  if (wants_help(arguments)) return print(rehearse_help());
  Diagnostics diagnostics;
  const auto options = parse_rehearse_options(arguments, diagnostics);
  if (!options) return fail(options.failure(), exit_status::wrong_input);
  render(diagnostics, ColorMode::automatic);
  return *options ? rehearse(**options) : exit_status::wrong_input;
}

}  // namespace egressc
