#include <fmt/core.h>

#include "commands/commands.h"
#include "deploy/change.h"
#include "deploy/remove_target.h"
#include "support/output.h"

namespace egressc::commands {
namespace {

int take_out(Kernel& kernel, Site& site, const ChangeOptions& options) {
  if (site.table.present) {
    LiveMarkers markers(true);
    return change(kernel, site, remove_target(), markers, options);
  }
  if (!options.quiet)
    (void)write_stderr(fmt::format("there is no table inet egressc in {}\n", place_name(site.network)));
  return exit_status::done;
}

int run(ChangeOptions& options, Diagnostics&) {
  const auto kernel = make_kernel();
  auto site = open_site(*kernel, options);
  if (!site) return fail(site.failure(), exit_status::system_refused);
  const int status = take_out(*kernel, *site, options);
  if (status != exit_status::done || !options.delete_namespace || options.dry_run) return status;
  if (const auto deleted = kernel->delete_namespace(options.netns); !deleted)
    return fail(deleted.failure(), exit_status::system_refused);
  site->state.forget();
  if (!options.quiet) (void)write_stderr(fmt::format("deleted {}\n", place_name(site->network)));
  return exit_status::done;
}

}  // namespace

int remove(const Words& words) { return run_command("remove", words, run, nothing_changed); }

}  // namespace egressc::commands
