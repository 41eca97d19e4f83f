#include "egressc/compare.h"

#include <algorithm>
#include <tuple>

#include "egressc/flow_space.h"

namespace egressc {
namespace {

FlowSpace baseline_of(const Side& side) { return side.policy ? baseline_flows(*side.policy) : FlowSpace(); }

std::vector<std::tuple<std::string, std::string>> undecided_rules(const Side& side) {
  std::vector<std::tuple<std::string, std::string>> rules;
  for (const Undecided& rule : side.meaning.undecided) rules.emplace_back(rule.text, rule.why);
  std::sort(rules.begin(), rules.end());
  return rules;
}

// The same rules, whatever they do, with the same bounds around them.
bool doubt_alike(const Side& before, const Side& after, const FlowSpace& universe) {
  const auto same = [&](FlowSpace Meaning::*bound) {
    return (before.meaning.*bound & universe) == (after.meaning.*bound & universe);
  };
  return !before.meaning.undecided.empty() && undecided_rules(before) == undecided_rules(after) &&
         same(&Meaning::least) && same(&Meaning::most);
}

}  // namespace

Difference compare_sides(const Side& before, const Side& after) {
  Difference difference;
  difference.universe = before.universe & after.universe;
  const FlowSpace& universe = difference.universe;
  const Meaning& old_flows = before.meaning;
  const Meaning& new_flows = after.meaning;
  difference.unchanged = old_flows.least & new_flows.least & universe;
  difference.added = (new_flows.least - old_flows.most) & universe;
  difference.removed = (old_flows.least - new_flows.most) & universe;

  // Of a baseline either side has both bounds, and each is compared with its like.
  const FlowSpace baseline = (baseline_of(before) | baseline_of(after)) & universe;
  if (!baseline.empty()) {
    difference.added |= ((new_flows.most - old_flows.most) | (new_flows.least - old_flows.least)) & baseline;
    difference.removed |= ((old_flows.most - new_flows.most) | (old_flows.least - new_flows.least)) & baseline;
  }
  if (doubt_alike(before, after, universe)) return difference;
  const FlowSpace decided = universe - baseline;
  difference.possibly_added = ((new_flows.most - old_flows.least) & decided) - difference.added;
  difference.possibly_removed = ((old_flows.most - new_flows.least) & decided) - difference.removed;
  return difference;
}

}  // namespace egressc
