#include "deploy/rules_commit.h"

#include <fmt/core.h>

#include "cli/outcome.h"
#include "deploy/connections/connections.h"
#include "deploy/switching.h"
#include "egressc/backends.h"
#include "readers/listing/listing.h"
#include "report/summary.h"
#include "support/output.h"

namespace egressc::deploy {
namespace {

// Live sets change with every answer of a resolver, and each time it is another ruleset.
constexpr int most_commits = 20;

// Elements from which on it matters that the kernel takes its time over each, and writes a notice if somebody listens.
constexpr std::size_t many = 2500;

// That of warm_up_table().
const RunningTable warm_up_runs{.is_ours = true};

void append(NftChange& change, const NftChange& more) {
  change.commands.insert(change.commands.end(), more.commands.begin(), more.commands.end());
}

bool is_nothing(const RulesetChange& change) {
  const auto* const value = std::get_if<NftChange>(&change);
  return value != nullptr ? value->commands.empty() : std::get<std::string>(change).empty();
}

bool has_many_elements(const RulesetChange& change) {
  const auto* const value = std::get_if<NftChange>(&change);
  std::size_t count = 0;
  if (value != nullptr)
    for (const NftCommand& command : value->commands)
      if (const auto* const table = std::get_if<NftTable>(&command))
        for (const auto& set : table->sets) count += set->elements.size();
  return count >= many;
}

std::optional<Switching> stages_beside(const Target& target, const RunningTable& running) {
  return target.is_switched && target.table ? switching(*target.table, running) : std::nullopt;
}

// Where there is no table to be beside of, the first transaction makes one.
std::optional<Switching> stages_to_commit(const Target& target, const Site& site) {
  if (site.table.present) return stages_beside(target, site.running);
  auto stages = stages_beside(target, warm_up_runs);
  if (stages) append(stages->prepare, std::exchange(stages->prepare, warm_up_table()));
  return stages;
}

RulesetChange whole_change(const Target& target, const Site& site) {
  RulesetChange whole = target.whole;
  if (target.ruleset && has_live_sets(*target.ruleset))
    for (NftAddition& addition : carry_over(live_elements(snapshot_now(site)).elements, target.table->sets).additions)
      std::get<NftChange>(whole).commands.push_back(std::move(addition));
  return whole;
}

// What the kernel tries: all transactions of the change as one, with the live elements of a table that goes.
RulesetChange tried_change(const Target& target, const Site& site) {
  auto beside = stages_beside(target, site.running);
  if (!beside) return whole_change(target, site);
  append(beside->prepare, beside->turn);
  append(beside->prepare, beside->clear);
  return std::move(beside->prepare);
}

// What commit_rules() commits first of the new rules, as far as can be told.
std::optional<RulesetChange> expected_change(const Target& target, const Site& site, const ChangeOptions& options) {
  const bool warms_up_before = !site.table.present && has_to_wait(site, options);
  auto beside = warms_up_before ? stages_beside(target, warm_up_runs) : stages_to_commit(target, site);
  return beside ? std::optional<RulesetChange>(std::move(beside->prepare)) : std::nullopt;
}

// What the kernel says against a change, at places of the policy.
Diagnostics blamed(const Diagnostics& refusal, const Target& target, const Plan& plan, const RulesetChange& change) {
  if (!target.ruleset) return refusal;
  Diagnostics all;
  for (const Diagnostic& one : refusal.all())
    all.add(blame(one, std::get<NftChange>(change), *target.ruleset, *plan.after.policy, target.file));
  return all;
}

class RulesCommit {
 public:
  RulesCommit(Kernel& kernel, Site& site, const Target& target, const Plan& plan, LiveMarkers& markers,
              const ChangeOptions& options, int link)
      : kernel_(kernel), site_(site), target_(target), plan_(plan), markers_(markers), options_(options), link_(link) {}

  Result<Change> run() {
    if (has_to_wait(site_, options_))
      if (const auto waited = wait(); !waited) return waited.failure();
    return again([&]() -> Result<Change> {
      if (target_.is_switched && !target_.table)
        if (const auto beside = restoring(target_.listing, snapshot_now(site_), nullptr);
            beside && !beside->turn.empty())
          return turn_after_preparing(*beside);
      const auto beside = stages_to_commit(target_, site_);
      if (!beside) return commit(whole_change(target_, site_));
      if (free_tag(site_.running) != target_.ruleset->tag) return Failure{look_at_it_again(who_changed_it(site_))};
      return turn_after_preparing(*beside);
    });
  }

 private:
  static std::string look_at_it_again(const std::string& who) {
    return fmt::format("{}: look at the difference again", who);
  }

  Result<Change> commit(const RulesetChange& change) {
    site_.watch->listen(!has_many_elements(change));
    auto done = kernel_.commit(options_.netns, change, target_.file, site_.table.generation, link_);
    site_.watch->listen(true);
    if (done) done->refusal = blamed(done->refusal, target_, plan_, change);
    return done;
  }

  // A table that asks for connections, and time for them to be seen.
  Result<std::monostate> wait() {
    const Stops stops;
    const auto loaded = again([&] { return commit(warm_up_table()); });
    if (!loaded) return loaded.failure();
    if (loaded->outcome != ChangeOutcome::done) return Failure{"a table that asks for connections cannot be loaded"};
    if (!options_.quiet)
      (void)write_stderr(
          fmt::format("{}: not all connections are tracked yet: waiting {}, so that those that are open are known\n",
                      place_name(site_.network), duration_text(options_.warm_up)));
    if (!stops.wait(options_.warm_up)) return Failure{"interrupted"};
    return look();
  }

  // What the change builds on is another ruleset by now: whether it still means the same.
  Result<std::monostate> look() {
    const std::string others = who_changed_it(site_);
    if (const auto looked = look_again(kernel_, site_, options_.netns); !looked) return looked.failure();
    if (!still_runs(site_.listing, plan_, markers_)) return Failure{look_at_it_again(others)};
    return std::monostate{};
  }

  // The stages of a Switching or a Restoring.
  template <typename Stages>
  Result<Change> turn_after_preparing(const Stages& stages) {
    if (!is_nothing(stages.prepare)) {
      const auto prepared = commit(stages.prepare);
      if (!prepared || prepared->outcome != ChangeOutcome::done) return prepared;
      const bool is_next = prepared->generation == site_.table.generation + 1;
      site_.table.generation = prepared->generation;
      if (!is_next)
        if (const auto looked = look(); !looked) return give_up(stages.give_up, looked.failure());
    }
    auto turned = again([&] { return commit(stages.turn); });
    if (!turned || turned->outcome != ChangeOutcome::done) return give_up(stages.give_up, std::move(turned));
    clear(stages.clear);
    return turned;
  }

  Result<Change> give_up(const RulesetChange& change, Result<Change> why) {
    if (!is_nothing(change)) (void)kernel_.commit(options_.netns, change, target_.file, std::nullopt);
    return why;
  }

  void clear(const RulesetChange& change) {
    if (is_nothing(change)) return;
    kernel_.wait_for_packets();
    const auto cleared = kernel_.commit(options_.netns, change, target_.file, std::nullopt, link_);
    if (!cleared || cleared->outcome != ChangeOutcome::done)
      (void)write_stderr(
          "warning: the old rules could not be deleted: nothing leads to them, and the next apply tries it again\n");
  }

  // Until nobody else was faster.
  template <typename Attempt>
  Result<Change> again(Attempt attempt) {
    for (int count = 0; count < most_commits; ++count) {
      auto change = attempt();
      if (!change || change->outcome != ChangeOutcome::outdated) return change;
      if (const auto looked = look(); !looked) return looked.failure();
    }
    return Failure{fmt::format("{} again and again: try when nothing else changes it", who_changed_it(site_))};
  }

  Kernel& kernel_;
  Site& site_;
  const Target& target_;
  const Plan& plan_;
  LiveMarkers& markers_;
  const ChangeOptions& options_;
  int link_;
};

}  // namespace

bool is_beside(const Target& target, const Site& site) { return stages_beside(target, site.running).has_value(); }

Result<Change> commit_rules(Kernel& kernel, Site& site, const Target& target, const Plan& plan, LiveMarkers& markers,
                            const ChangeOptions& options, int link) {
  return RulesCommit(kernel, site, target, plan, markers, options, link).run();
}

DryRun::DryRun(Kernel& kernel, const Site& site, Target& target, const ChangeOptions& options)
    : kernel_(kernel), site_(site), target_(target), options_(options) {
  begin();
}

void DryRun::begin() {
  const bool nobody_is_asked = options_.yes && !options_.dry_run;
  auto expected = nobody_is_asked ? expected_change(target_, site_, options_) : std::nullopt;
  const bool is_left_to_commit = expected && has_many_elements(*expected);
  tried_ = is_left_to_commit ? std::move(*expected) : tried_change(target_, site_);
  checked_ =
      kernel_.check(options_.netns, tried_, target_.file, is_left_to_commit ? Tried::without_services : Tried::all);
}

std::optional<int> DryRun::refused(const Plan& plan) {
  auto checked = checked_.get();
  if (checked && checked->outcome == ChangeOutcome::refused && is_beside(target_, site_)) {
    // Something of the same name is there that is not the same.
    target_.is_switched = false;
    begin();
    checked = checked_.get();
  }
  if (!checked) return fail(checked.failure(), exit_status::system_refused);
  if (checked->outcome == ChangeOutcome::done) return std::nullopt;
  render(blamed(checked->refusal, target_, plan, tried_), options_.color);
  return fail({"the kernel does not take this ruleset: nothing is changed"}, exit_status::system_refused);
}

}  // namespace egressc::deploy
