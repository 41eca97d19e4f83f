#include "commands/remove.h"

#include <fmt/core.h>

#include "deploy/change.h"
#include "cli/change_arguments.h"
#include "cli/outcome.h"
#include "support/output.h"

namespace egressc {
namespace {

namespace po = boost::program_options;

constexpr std::string_view usage =
    "usage: egressc remove [options]\n\n"
    "Takes the table inet egressc out of the kernel, and touches nothing else. `egressc rollback` brings it back.\n\n"
    "Exit status: 0 removed, or not there; 2 wrong input; 3 refused, nothing changed. See egressc-remove(1).\n";

void add(po::options_description& options) {
  options.add_options()("delete", "the network namespace of --netns too, and what is remembered of it");
}

void read(OptionReader& reader, ChangeOptions& options, Diagnostics& diagnostics) {
  options.delete_namespace = reader.flag("delete");
  if (!options.delete_namespace) return;
  if (options.netns.empty())
    diagnostics.error({}, "--delete deletes the network namespace of --netns, and none is named", "add --netns NAME");
  if (options.confirm_within)
    diagnostics.error({}, "a network namespace that is deleted does not come back", "without --confirm-within");
}

int take_out(Kernel& kernel, Site& site, const ChangeOptions& options) {
  if (site.table.present) {
    LiveMarkers markers(true);
    return change(kernel, site, remove_target(), markers, options);
  }
  if (!options.quiet)
    (void)write_stderr(fmt::format("there is no table inet egressc in {}\n", place_name(site.network)));
  return exit_status::done;
}

int run(const ChangeOptions& options) {
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

int remove(const std::vector<std::string>& arguments) {
  return run_change_command({"remove", usage, add, read, run}, arguments);
}

}  // namespace egressc
