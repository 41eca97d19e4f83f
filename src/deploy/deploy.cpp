#include "deploy/deploy.h"

#include <fmt/core.h>

#include "cli/outcome.h"
#include "deploy/change.h"
#include "deploy/confirmation.h"
#include "deploy/switching.h"
#include "intake/policy_file.h"
#include "support/output.h"

namespace egressc::deploy {
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

}  // namespace
}  // namespace egressc::deploy

namespace egressc {

int apply_policy(Kernel& kernel, PolicyFile policy, const std::string& file, std::optional<CivilDate> today,
                 const ChangeOptions& options, Diagnostics& diagnostics) {
  using namespace deploy;
  auto site = open_site(kernel, options);
  if (!site) return fail(site.failure(), exit_status::system_refused);
  LiveMarkers markers(true);
  auto target = target_of(std::move(policy), file, today, free_tag(site->running), diagnostics);
  render(diagnostics, options.color);
  if (!target) return exit_status::wrong_input;
  return change(kernel, *site, std::move(*target), markers, options);
}

int roll_back(Kernel& kernel, const ChangeOptions& options) {
  using namespace deploy;
  if (const auto network = kernel.identify(options.netns))
    if (const auto status = undo_pending(State(options.state_directory, network->key), options)) return *status;
  auto site = open_site(kernel, options);
  if (!site) return fail(site.failure(), exit_status::system_refused);
  const auto record = site->state.previous(site->table);
  if (!record) return fail(record.failure(), exit_status::system_refused);
  if (!*record)
    return fail(
        {fmt::format("nothing is known of {} before what runs now: nothing is changed", place_name(site->network))},
        exit_status::system_refused);
  LiveMarkers markers(true);
  Diagnostics diagnostics;
  auto target = target_of(kernel, **record, free_tag(site->running), markers, diagnostics);
  render(diagnostics, options.color);
  if (!target) return fail(target.failure(), exit_status::system_refused);
  if (!*target) return fail({"this cannot be applied any more: nothing is changed"}, exit_status::system_refused);
  return change(kernel, *site, std::move(**target), markers, options);
}

int remove_rules(Kernel& kernel, const ChangeOptions& options) {
  using namespace deploy;
  auto site = open_site(kernel, options);
  if (!site) return fail(site.failure(), exit_status::system_refused);
  const int status = take_out(kernel, *site, options);
  if (status != exit_status::done || !options.delete_namespace || options.dry_run) return status;
  if (const auto deleted = kernel.delete_namespace(options.netns); !deleted)
    return fail(deleted.failure(), exit_status::system_refused);
  site->state.forget();
  if (!options.quiet) (void)write_stderr(fmt::format("deleted {}\n", place_name(site->network)));
  return exit_status::done;
}

}  // namespace egressc
