#include "commands/commands.h"
#include "deploy/deploy.h"
#include "intake/inputs.h"

namespace egressc::commands {
namespace {

int run_status(StatusOptions& options, Diagnostics& diagnostics) {
  const auto kernel = make_kernel();
  const auto found =
      report_status(*kernel, options.place.netns, options.place.state_directory, options.policy, diagnostics);
  render(diagnostics, options.place.color);
  if (!found) return fail(found.failure(), exit_status::system_refused);
  const Micros now = system_now();
  const bool is_well = found->table_present && found->drift != Drift::drifted;
  const int status = diagnostics.has_errors() ? exit_status::wrong_input
                     : is_well                ? exit_status::done
                                              : exit_status::difference;
  return print(options.json ? describe_status_json(*found, now)
                            : describe_status(*found, now, use_color(options.place.color, 1)),
               status);
}

}  // namespace

int status(const Words& words) {
  return run_command("status", words, run_status,
                     "the rules are too complex to compare: their flows do not fit into memory");
}

}  // namespace egressc::commands
