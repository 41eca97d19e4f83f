// The commands on what was applied: it is looked at, kept, undone, taken out, or kept fresh.
#include "commands/commands.h"
#include "deploy/deploy.h"

namespace egressc::commands {
namespace {

int run_status(StatusOptions& options, Diagnostics& diagnostics) {
  const auto kernel = make_kernel();
  const auto found =
      report_status(*kernel, options.place.netns, options.place.state_directory, options.policy, diagnostics);
  render(diagnostics, options.place.color);
  if (!found) return fail(found.failure(), exit_status::system_refused);
  const bool is_well = found->table_present && found->drift != Drift::drifted;
  const int status = diagnostics.has_errors() ? exit_status::wrong_input
                     : is_well                ? exit_status::done
                                              : exit_status::difference;
  return print(options.json ? describe_status_json(*found, found->made)
                            : describe_status(*found, found->made, use_color(options.place.color, 1)),
               status);
}

int run_confirm(ChangeOptions& options, Diagnostics&) { return confirm_change(*make_kernel(), options); }
int run_rollback(ChangeOptions& options, Diagnostics&) { return roll_back(*make_kernel(), options); }
int run_remove(ChangeOptions& options, Diagnostics&) { return remove_rules(*make_kernel(), options); }
int run_refresh(RefreshOptions& options, Diagnostics&) { return refresh_live_sets(*make_kernel(), options); }

}  // namespace

int status(const Words& words) {
  return run_command("status", words, run_status,
                     "the rules are too complex to compare: their flows do not fit into memory");
}
int confirm(const Words& words) { return run_command("confirm", words, run_confirm); }
int rollback(const Words& words) { return run_command("rollback", words, run_rollback, nothing_changed); }
int remove(const Words& words) { return run_command("remove", words, run_remove, nothing_changed); }
int refresh(const Words& words) { return run_command("refresh", words, run_refresh); }

}  // namespace egressc::commands
