#include "deploy/plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "intake/operand.h"
#include "report/summary.h"

namespace egressc::deploy {
namespace {

constexpr const char* running_name = "what runs now";

std::optional<std::vector<ReadRuleset>> read(const Listing& listing, LiveMarkers& markers, Diagnostics& diagnostics,
                                             std::vector<std::string> left_out = {}) {
  return read_listing(listing, "kernel", {{}, std::nullopt, &markers, nullptr}, diagnostics, std::move(left_out));
}

Side side_of(std::vector<ReadRuleset> rulesets, LiveMarkers& markers) {
  return side_of(Operand{running_name, std::nullopt, std::nullopt, std::move(rulesets)}, markers);
}

// What both let through.
Side both(Side target, const Side& others) {
  const FlowSpace silent = target.universe - others.universe;
  target.meaning.least &= others.meaning.least | silent;
  target.meaning.most &= others.meaning.most | silent;
  const std::vector<Undecided>& undecided = others.meaning.undecided;
  target.meaning.undecided.insert(target.meaning.undecided.end(), undecided.begin(), undecided.end());
  return target;
}

// Everybody whom the policy governs: for the rest it lets through what it does not even speak of.
FlowSpace governed(const Side& target) {
  if (!target.policy || target.policy->scope == Scope::host) return target.universe;
  std::vector<FlowBox> boxes;
  for (const Subject& subject : target.policy->subjects) {
    const std::vector<IdRange> all = {{0, no_id - 1}};
    for (const IdRange& uids : subject.uids.empty() ? all : subject.uids)
      for (const IdRange& gids : subject.gids.empty() ? all : subject.gids)
        boxes.push_back({uids, gids, {}, {}, {}, {}});
  }
  return FlowSpace::from_boxes(boxes);
}

std::vector<Interference> interferences(const std::vector<ReadRuleset>& others, const Side& wanted,
                                        LiveMarkers& markers) {
  std::vector<Interference> all;
  // A policy is large: where nobody else has a say, it is not copied.
  const auto says_nothing = [](const ReadRuleset& ruleset) { return ruleset.filter.hooks.empty(); };
  if (std::all_of(others.begin(), others.end(), says_nothing)) return all;
  Side target = wanted;
  target.universe = governed(target);
  target.meaning.least &= target.universe;
  target.meaning.most &= target.universe;
  for (const ReadRuleset& ruleset : others) {
    for (const std::string& hook : ruleset.filter.hooks) {
      ReadRuleset one{ruleset.file, {ruleset.filter.chains, {hook}}, ruleset.universe};
      const Side after = both(target, side_of({std::move(one)}, markers));
      const Difference difference = compare_sides(target, after);
      if (difference.removed.empty() && difference.possibly_removed.empty()) continue;
      const bool is_nft = ruleset.file.ends_with("(nft)");
      all.push_back(
          {is_nft ? hook : fmt::format("{} {}", ruleset.file, hook), by_subject(difference, target, after, markers)});
    }
  }
  return all;
}

// The rules of a policy know an answer by its connection.
void warn_of_notrack(const Listing& listing, Diagnostics& diagnostics) {
  if (alongside_of(listing).untracked)
    diagnostics.warning(
        {},
        "rules of others keep packets from connection tracking: where those are answers of the policy's "
        "users, to connections from outside, they are denied as if they opened one",
        "look for notrack, NOTRACK and CT --notrack, and narrow them to what no user of the policy serves");
}

}  // namespace

std::optional<Plan> plan_change(const Listing& listing, std::optional<Policy> running, Side target,
                                LiveMarkers& markers, Diagnostics& diagnostics) {
  Diagnostics again;  // the same rules a second time
  auto all = read(listing, markers, diagnostics);
  auto others = read(listing, markers, again, {"inet egressc"});
  if (!all || !others) return std::nullopt;
  if (target.policy) warn_of_notrack(listing, diagnostics);
  Plan plan;
  plan.before = side_of(std::move(*all), markers);
  plan.before.policy = std::move(running);
  if (target.policy) plan.interferences = interferences(*others, target, markers);
  plan.granted = target.meaning.most;
  plan.after = both(std::move(target), side_of(std::move(*others), markers));
  plan.difference = compare_sides(plan.before, plan.after);
  return plan;
}

bool still_runs(const Listing& listing, const Plan& plan, LiveMarkers& markers) {
  Diagnostics unread;
  auto all = read(listing, markers, unread);
  return all && compare_sides(plan.before, side_of(std::move(*all), markers)).empty();
}

std::string describe(const Plan& plan, const LiveMarkers& markers, bool color, bool verbose) {
  const auto subjects = by_subject(plan.difference, plan.before, plan.after, markers);
  const auto one_family = one_family_names(plan.after);
  std::string text =
      describe(subjects, color) + diff_notes(plan.difference, subjects, one_family, plan.before, plan.after, verbose);
  for (const Interference& one : plan.interferences)
    text += fmt::format("\nwarning: {} denies what the policy grants, and goes on to do so:\n{}", printable(one.where),
                        describe(one.denied, color));
  return text;
}

}  // namespace egressc::deploy
