#include "egressc/compare.h"

#include <algorithm>
#include <map>
#include <utility>

namespace egressc::compare {
namespace {

FlowSpace baseline_of(const Side& side) { return side.policy ? baseline_flows(*side.policy) : FlowSpace(); }

// The same rules around what is undecided, and the same behind it, with the same bounds.
bool doubt_alike(const Side& before, const Side& after, const FlowSpace& universe) {
  const auto same = [&](FlowSpace Meaning::*bound) {
    return (before.meaning.*bound & universe) == (after.meaning.*bound & universe);
  };
  return !before.meaning.undecided.empty() && before.meaning.doubts == after.meaning.doubts && same(&Meaning::least) &&
         same(&Meaning::most);
}

}  // namespace
}  // namespace egressc::compare

namespace egressc {

Difference compare_sides(const Side& before, const Side& after) {
  using namespace compare;
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

namespace egressc::compare {
namespace {

// Where something is allowed, in order and apart.
std::vector<AddressRange> reachable(const FlowSpace& allowed) {
  std::vector<AddressRange> all;
  for (const FlowBox& box : allowed.boxes())
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      const AddressRange range = box.addresses.value_or(range_of(Prefix{{family, 0, 0}, 0}));
      if (range.first.family == family) all.push_back(range);
    }
  std::sort(all.begin(), all.end());
  std::vector<AddressRange> apart;
  for (const AddressRange& range : all)
    if (apart.empty() || apart.back().last < range.first)
      apart.push_back(range);
    else
      apart.back().last = std::max(apart.back().last, range.last);
  return apart;
}

bool reaches(const std::vector<AddressRange>& ranges, const std::vector<Prefix>& addresses, Family family) {
  return std::any_of(addresses.begin(), addresses.end(), [&](const Prefix& prefix) {
    if (prefix.address.family != family) return false;
    const AddressRange wanted = range_of(prefix);
    const auto at = std::partition_point(ranges.begin(), ranges.end(),
                                         [&](const AddressRange& range) { return range.last < wanted.first; });
    return at != ranges.end() && at->first <= wanted.last;
  });
}

// Whatever their group, where they are told by uid.
FlowSpace users_of(const Subject& subject) {
  std::vector<FlowBox> boxes;
  for (const IdRange& uids : subject.uids) boxes.emplace_back().uids = uids;
  if (subject.uids.empty())
    for (const IdRange& gids : subject.gids) boxes.emplace_back().gids = gids;
  return FlowSpace::from_boxes(boxes);
}

bool has(const std::vector<Prefix>& addresses, Family family) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [family](const Prefix& prefix) { return prefix.address.family == family; });
}

}  // namespace
}  // namespace egressc::compare

namespace egressc {

std::vector<OneFamily> one_family_names(const Side& side) {
  using namespace compare;
  std::vector<OneFamily> found;
  if (!side.policy) return found;
  for (const Subject& subject : side.policy->subjects) {
    // A name may stand in several grants: all of its addresses count.
    std::map<std::string, std::vector<Prefix>> names;
    for (const Grant& grant : subject.allow) {
      if (grant.live) continue;
      for (const DomainName& name : grant.names) {
        auto& addresses = names[name.spelling()];
        addresses.insert(addresses.end(), grant.addresses.begin(), grant.addresses.end());
      }
    }
    if (names.empty()) continue;
    const auto ranges = reachable(side.meaning.least & users_of(subject));
    for (const auto& [name, addresses] : names) {
      const bool four = reaches(ranges, addresses, Family::ipv4);
      const bool six = reaches(ranges, addresses, Family::ipv6);
      if (four == six) continue;
      const Family family = four ? Family::ipv4 : Family::ipv6;
      found.push_back({subject.label, name, family, has(addresses, four ? Family::ipv6 : Family::ipv4)});
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace egressc
