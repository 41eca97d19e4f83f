#include "deploy/refresh.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>

#include "cli/outcome.h"
#include "deploy/deploy.h"
#include "deploy/site.h"
#include "deploy/state.h"
#include "egressc/diagnostics.h"
#include "egressc/policy.h"
#include "intake/inputs.h"
#include "intake/policy_file.h"
#include "report/refresh.h"
#include "support/output.h"

namespace egressc::deploy {
namespace {

using std::chrono::milliseconds;

// Of one round, so that a resolver that is slow does not keep the answers of others from their sets.
constexpr std::size_t most_questions = 256;
// Others that change the ruleset all the time are looked after so often.
constexpr milliseconds quiet_time{1000};
constexpr milliseconds idle_time = std::chrono::hours(1);
constexpr std::size_t most_shown = 5;

class Rounds {
 public:
  Rounds(RefreshWorld& world, const RefreshOptions& options, FollowedNames names, const NetworkNamespace& network)
      : world_(world),
        options_(options),
        network_(network),
        table_(world.kernel, options.place.netns, world.now),
        refresher_(options.limits) {
    follow(std::move(names));
  }

  Result<int> once() {
    if (const auto seen = look(); !seen) return seen.failure();
    const milliseconds start = world_.now();
    while (!refresher_.due(start, 1).empty())
      if (const auto done = round(start); !done) return done.failure();
    return refresher_.all_answered() ? exit_status::done : exit_status::system_refused;
  }

  Result<int> watch() {
    // Opened before the first look, so that nothing goes unseen.
    auto changes = world_.kernel.watch(options_.place.netns);
    if (!changes) return changes.failure();
    while (true) {
      if (const auto seen = look(); !seen) return seen.failure();
      if (names_.names.empty()) return exit_status::done;
      if (const auto done = round(world_.now()); !done) return done.failure();
      Woken woken = world_.wait(next(), (*changes)->descriptor());
      if (woken == Woken::event) woken = world_.wait(std::min(next(), world_.now() + quiet_time), -1);
      if (woken == Woken::stop) return exit_status::done;
      (void)(*changes)->others();
    }
  }

 private:
  milliseconds next() const { return refresher_.next().value_or(world_.now() + idle_time); }

  void follow(FollowedNames names) {
    for (const std::string& wildcard : names.wildcards)
      if (std::find(names_.wildcards.begin(), names_.wildcards.end(), wildcard) == names_.wildcards.end())
        world_.say(
            fmt::format("warning: {} is live, but nobody can be asked for it: only a resolver that fills its "
                        "set can follow it\n",
                        wildcard));
    if (names.names.empty()) world_.say("the policy has no live name that could be asked for\n");
    names_ = std::move(names);
    refresher_.follow(names_.names);
  }

  // The table, and the policy, too, if the table is of another one by now.
  Result<std::monostate> look() {
    auto missing = find_missing();
    if (!missing) return missing.failure();
    const bool is_other = table_.hash() != names_.hash && table_.hash() != told_hash_;
    if (is_other || !missing->empty()) {
      if (auto names = has_looked_ ? world_.read_again() : std::nullopt; names && names->hash == table_.hash()) {
        world_.say(fmt::format("another policy was applied to {}: going on with that\n", place_name(network_)));
        follow(std::move(*names));
        *missing = table_.missing(names_.names);
      }
      if (table_.hash() != names_.hash && missing->empty())
        world_.say(fmt::format("warning: what runs in {} is not {}: `{}` would put that there\n", place_name(network_),
                               printable(options_.policy, 4096), apply_command()));
      told_hash_ = table_.hash();
    }
    has_looked_ = true;
    if (!missing->empty())
      return Failure{fmt::format("the table inet egressc has no set for {}: run {}", list(*missing), apply_command())};
    return std::monostate{};
  }

  Result<std::vector<DomainName>> find_missing() {
    const auto is_there = table_.look();
    if (!is_there) return is_there.failure();
    if (*is_there) return table_.missing(names_.names);
    return Failure{fmt::format("there is no table inet egressc in {}: run {}", place_name(network_), apply_command())};
  }

  std::string apply_command() const {
    return command_there("apply", network_) + " " + printable(options_.policy, 4096);
  }

  static std::string list(std::span<const DomainName> names) {
    std::string text = to_string(names.first(std::min(names.size(), most_shown)));
    if (names.size() > most_shown) text += fmt::format(" and {} more", names.size() - most_shown);
    return text;
  }

  // Asks for what is due, and does to the sets what the answers say.
  Result<std::monostate> round(milliseconds due) {
    const auto questions = refresher_.due(due, most_questions);
    if (const auto asked = ask(questions); !asked) return asked.failure();
    for (int attempt = 0; attempt < most_looks; ++attempt) {
      auto changed = table_.change(refresher_);
      if (!changed) return changed.failure();
      if (*changed) return tell(**changed);
      // In the end without regard to who is faster: what the round says of its sets is right whatever else changes.
      if (attempt + 2 == most_looks) continue;
      if (const auto seen = look(); !seen) return seen.failure();
    }
    return Failure{"the ruleset kept changing: try again when nothing else changes it"};
  }

  Result<std::monostate> ask(const std::vector<DnsQuestion>& questions) {
    if (questions.empty()) return std::monostate{};
    Result<std::vector<std::optional<DnsAnswer>>> answers = Failure{};
    const auto run =
        world_.kernel.run_inside(options_.place.netns, [&] { answers = world_.resolver.ask(questions, world_.stop); });
    if (!run) return run.failure();
    if (!answers) return answers.failure();
    std::vector<RefreshEvent> events;
    for (std::size_t i = 0; i < questions.size(); ++i)
      if (const auto& answer = (*answers)[i])
        for (RefreshEvent& event : refresher_.take(questions[i], *answer, world_.now()))
          events.push_back(std::move(event));
    return tell(events);
  }

  Result<std::monostate> tell(const std::vector<RefreshEvent>& events) {
    if (events.empty()) return std::monostate{};
    if (options_.json) return world_.note(describe_refresh_json(events));
    world_.say(describe_refresh(events, options_.limits));
    return std::monostate{};
  }

  RefreshWorld& world_;
  const RefreshOptions& options_;
  const NetworkNamespace& network_;
  RefreshTable table_;
  Refresher refresher_;
  FollowedNames names_;
  std::string told_hash_;
  bool has_looked_ = false;
};

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

// With the clock, the resolver and the terminal of this process.
Result<int> refresh_here(Kernel& kernel, const RefreshOptions& options, const UserIds& users, FollowedNames names) {
  if (const Ability ability = kernel.net_admin(); !ability.given) return Failure{ability.reason};
  const auto network = kernel.identify(options.place.netns);
  if (!network) return network.failure();
  const auto locked = lock(State(options.place.state_directory, network->key), *network);
  if (!locked) return locked.failure();
  std::unique_ptr<Wakeup> wakeup;
  if (options.watch) {
    auto opened = Wakeup::open();
    if (!opened) return opened.failure();
    wakeup = std::move(*opened);
  }
  const auto resolver = make_resolver(options.place.netns, options.resolver);
  RefreshWorld world{
      kernel,
      *resolver,
      Wakeup::now,
      [&](milliseconds until, int event) { return wakeup->wait(until, event); },
      wakeup ? wakeup->stop() : -1,
      [&] { return read_names_again(options, users); },
      [&](const std::string& text) {
        if (!options.place.quiet) (void)write_stderr(text);
      },
      [](const std::string& text) { return write_stdout(text); },
  };
  return run_refresh(world, options, std::move(names), *network);
}

}  // namespace

Result<int> run_refresh(RefreshWorld& world, const RefreshOptions& options, FollowedNames names,
                        const NetworkNamespace& network) {
  Rounds rounds(world, options, std::move(names), network);
  return options.watch ? rounds.watch() : rounds.once();
}

}  // namespace egressc::deploy

namespace egressc {

int refresh_live_sets(Kernel& kernel, const RefreshOptions& options) {
  using namespace deploy;
  Diagnostics diagnostics;
  const auto users = users_of(options.passwd, diagnostics);
  if (!users || diagnostics.has_errors()) {
    render(diagnostics, options.place.color);
    return users ? exit_status::wrong_input : fail(users.failure(), exit_status::wrong_input);
  }
  auto names = read_names(options, *users, diagnostics);
  render(diagnostics, options.place.color);
  if (!names) return fail(names.failure(), exit_status::wrong_input);
  if (!*names) return exit_status::wrong_input;
  const auto status = refresh_here(kernel, options, *users, std::move(**names));
  return status ? *status : fail(status.failure(), exit_status::system_refused);
}

}  // namespace egressc
