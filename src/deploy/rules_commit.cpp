#include "deploy/rules_commit.h"

#include <fmt/core.h>

#include "cli/outcome.h"
#include "deploy/switching.h"
#include "report/summary.h"
#include "support/output.h"

namespace egressc::deploy {
namespace {

// Live sets change with every answer of a resolver, and each time it is another ruleset.
constexpr int most_commits = 20;

// Bytes of a ruleset from which on it matters that the kernel writes a notice for each element if somebody listens.
constexpr std::size_t large = 100'000;

std::optional<Switching> stages_beside(const Target& target, std::string_view listing) {
  return target.is_switched ? switching(target.text, listing) : std::nullopt;
}

// Where there is no table to be beside of, the first transaction makes one.
std::optional<Switching> stages_to_commit(const Target& target, const Site& site) {
  if (site.table.present) return stages_beside(target, site.snapshot);
  auto stages = stages_beside(target, warm_up_table());
  if (stages) stages->prepare.insert(0, warm_up_table());
  return stages;
}

std::string whole_text(const Target& target, const Site& site) {
  if (target.live.empty()) return target.text;
  return target.text + carry_over(live_elements(snapshot_now(site)).elements, target.live).text;
}

// What the kernel tries: all transactions of the change as one, with the live elements of a table that goes.
std::string tried_text(const Target& target, const Site& site) {
  const auto beside = stages_beside(target, site.snapshot);
  return beside ? beside->prepare + beside->turn + beside->clear : whole_text(target, site);
}

// What commit_rules() commits first of the new rules, as far as can be told; "" where it cannot.
std::string expected_text(const Target& target, const Site& site, const ChangeOptions& options) {
  const bool warms_up_before = !site.table.present && has_to_wait(site, options);
  auto beside = warms_up_before ? stages_beside(target, warm_up_table()) : stages_to_commit(target, site);
  return beside ? std::move(beside->prepare) : std::string();
}

// What the kernel says against `text`, at places of the policy.
Diagnostics blamed(const Diagnostics& refusal, const Target& target, const Plan& plan, std::string_view text) {
  if (!target.ruleset) return refusal;
  Diagnostics all;
  for (const Diagnostic& one : refusal.all())
    all.add(blame(one, text, *target.ruleset, *plan.after.policy, target.file));
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
      const auto beside = stages_to_commit(target_, site_);
      if (!beside) return commit(whole_text(target_, site_));
      if (free_tag(site_.snapshot) != target_.tag) return Failure{look_at_it_again(who_changed_it(site_))};
      return turn_after_preparing(*beside);
    });
  }

 private:
  static std::string look_at_it_again(const std::string& who) {
    return fmt::format("{}: look at the difference again", who);
  }

  Result<Change> commit(const std::string& text) {
    site_.watch->listen(text.size() < large);
    auto change = kernel_.commit(options_.netns, text, target_.file, site_.table.generation, link_);
    site_.watch->listen(true);
    if (change) change->refusal = blamed(change->refusal, target_, plan_, text);
    return change;
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

  Result<Change> turn_after_preparing(const Switching& switching) {
    const auto prepared = commit(switching.prepare);
    if (!prepared || prepared->outcome != ChangeOutcome::done) return prepared;
    auto turned = turn(switching, prepared->generation);
    if (turned && turned->outcome == ChangeOutcome::done)
      clear(switching);
    else
      (void)kernel_.commit(options_.netns, switching.give_up, target_.file, std::nullopt);
    return turned;
  }

  Result<Change> turn(const Switching& switching, std::uint32_t prepared) {
    const bool is_next = prepared == site_.table.generation + 1;
    site_.table.generation = prepared;
    if (!is_next)
      if (const auto looked = look(); !looked) return looked.failure();
    return again([&] { return commit(switching.turn); });
  }

  void clear(const Switching& switching) {
    if (switching.clear.empty()) return;
    kernel_.wait_for_packets();
    const auto cleared = kernel_.commit(options_.netns, switching.clear, target_.file, std::nullopt, link_);
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

bool is_beside(const Target& target, const Site& site) { return stages_beside(target, site.snapshot).has_value(); }

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
  text_ = nobody_is_asked ? expected_text(target_, site_, options_) : std::string();
  if (!text_.empty() && kernel_.expect(text_)) {
    checked_ = kernel_.check_expected(options_.netns, target_.file);
  } else {
    text_ = tried_text(target_, site_);
    checked_ = kernel_.check(options_.netns, text_, target_.file);
  }
}

std::optional<int> DryRun::refused(const Plan& plan) {
  if (!options_.dry_run && !options_.yes) (void)kernel_.expect(expected_text(target_, site_, options_));
  auto checked = checked_.get();
  if (checked && checked->outcome == ChangeOutcome::refused && is_beside(target_, site_)) {
    // Something of the same name is there that is not the same.
    target_.is_switched = false;
    begin();
    checked = checked_.get();
  }
  if (!checked) return fail(checked.failure(), exit_status::system_refused);
  if (checked->outcome == ChangeOutcome::done) return std::nullopt;
  render(blamed(checked->refusal, target_, plan, text_), options_.color);
  return fail({"the kernel does not take this ruleset: nothing is changed"}, exit_status::system_refused);
}

}  // namespace egressc::deploy
