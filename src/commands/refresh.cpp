#include "commands/refresh.h"

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "deploy/site.h"
#include "intake/input_policy.h"
#include "cli/outcome.h"
#include "deploy/refresh.h"
#include "cli/refresh_options.h"
#include "intake/reviewed_policy.h"
#include "deploy/state.h"
#include "support/lock_file.h"
#include "support/output.h"

namespace egressc {
namespace {

// nullopt: errors were added.
Result<std::optional<FollowedNames>> read_names(const RefreshOptions& options, Diagnostics& diagnostics) {
  const auto policy = read_reviewed_policy(options.policy, "refresh", &options.input.users, diagnostics);
  if (!policy) return policy.failure();
  if (!*policy) return std::optional<FollowedNames>();
  return live_names((*policy)->policy, today_for((*policy)->policy, options.input), diagnostics);
}

std::optional<FollowedNames> read_names_again(const RefreshOptions& options) {
  if (options.policy == "-" || options.policy == "policy:-") return std::nullopt;
  Diagnostics diagnostics;
  auto names = read_names(options, diagnostics);
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

int run(const RefreshOptions& options, FollowedNames names) {
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
      [&] { return read_names_again(options); },
      [&](const std::string& text) {
        if (!options.place.quiet) (void)write_stderr(text);
      },
      [](const std::string& text) { return write_stdout(text); },
  };
  const auto status = run_refresh(world, options, std::move(names), *network);
  return status ? *status : fail(status.failure(), exit_status::system_refused);
}

}  // namespace

int refresh(const std::vector<std::string>& arguments) {
  if (wants_help(arguments)) return print(refresh_help());
  Diagnostics diagnostics;
  const auto options = parse_refresh_options(arguments, diagnostics);
  if (!options) return fail(options.failure(), exit_status::wrong_input);
  if (!*options) {
    render(diagnostics, ColorMode::automatic);
    return exit_status::wrong_input;
  }
  auto names = read_names(**options, diagnostics);
  render(diagnostics, (*options)->place.color);
  if (!names) return fail(names.failure(), exit_status::wrong_input);
  if (!*names) return exit_status::wrong_input;
  return run(**options, std::move(**names));
}

}  // namespace egressc
