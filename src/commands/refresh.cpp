#include <fmt/core.h>

#include <memory>
#include <utility>

#include "commands/commands.h"
#include "deploy/change_site.h"
#include "deploy/refresh_names.h"
#include "deploy/refresh_watch.h"
#include "deploy/state.h"
#include "intake/inputs.h"
#include "intake/policy_file.h"
#include "support/lock_file.h"
#include "support/output.h"

namespace egressc::commands {
namespace {

// nullopt: errors were added.
Result<std::optional<FollowedNames>> read_names(const RefreshOptions& options, const UserIds& users,
                                                Diagnostics& diagnostics) {
  const auto policy = read_reviewed_policy(options.policy, "refresh", &users, diagnostics);
  if (!policy) return policy.failure();
  if (!*policy) return std::optional<FollowedNames>();
  return live_names((*policy)->policy, today_for((*policy)->policy, options.now), diagnostics);
}

std::optional<FollowedNames> read_names_again(const RefreshOptions& options, const UserIds& users) {
  if (is_standard_input(options.policy)) return std::nullopt;
  Diagnostics diagnostics;
  auto names = read_names(options, users, diagnostics);
  render(diagnostics, options.place.color);
  if (names) return std::move(*names);
  (void)fail(names.failure(), exit_status::wrong_input);
  return std::nullopt;
}

// Two that refresh the same sets would ask for everything twice.
Result<LockFile> lock(const State& state, const NetworkNamespace& network) {
  if (const auto made = state.make(); !made) return made.failure();
  auto taken = LockFile::take(state.refresh_lock());
  if (!taken) return taken.failure();
  if (!*taken) return Failure{fmt::format("another egressc refresh is at work in {}", place_name(network))};
  return std::move(**taken);
}

int keep_fresh(const RefreshOptions& options, const UserIds& users, FollowedNames names) {
  const auto kernel = make_kernel();
  if (const Ability ability = kernel->net_admin(); !ability.given)
    return fail({ability.reason}, exit_status::system_refused);
  const auto network = kernel->identify(options.place.netns);
  if (!network) return fail(network.failure(), exit_status::system_refused);
  const auto locked = lock(State(options.place.state_directory, network->key), *network);
  if (!locked) return fail(locked.failure(), exit_status::system_refused);
  std::unique_ptr<Wakeup> wakeup;
  if (options.watch) {
    auto opened = Wakeup::open();
    if (!opened) return fail(opened.failure(), exit_status::system_refused);
    wakeup = std::move(*opened);
  }
  const auto resolver = make_resolver(options.place.netns, options.resolver);
  RefreshWorld world{
      *kernel,
      *resolver,
      Wakeup::now,
      [&](std::chrono::milliseconds until, int event) { return wakeup->wait(until, event); },
      wakeup ? wakeup->stop() : -1,
      [&] { return read_names_again(options, users); },
      [&](const std::string& text) {
        if (!options.place.quiet) (void)write_stderr(text);
      },
      [](const std::string& text) { return write_stdout(text); },
  };
  const auto status = run_refresh(world, options, std::move(names), *network);
  return status ? *status : fail(status.failure(), exit_status::system_refused);
}

int run(RefreshOptions& options, Diagnostics& diagnostics) {
  const auto users = users_of(options.passwd, diagnostics);
  if (!users || diagnostics.has_errors()) return refuse(users, diagnostics, options.place.color);
  auto names = read_names(options, *users, diagnostics);
  if (!names || !*names) return refuse(names, diagnostics, options.place.color);
  render(diagnostics, options.place.color);
  return keep_fresh(options, *users, std::move(**names));
}

}  // namespace

int refresh(const Words& words) { return run_command("refresh", words, run); }

}  // namespace egressc::commands
