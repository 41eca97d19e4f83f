#include <algorithm>
#include <map>
#include <utility>

#include "egressc/compare.h"

namespace egressc {
namespace {

FlowSpace to(const std::vector<Prefix>& addresses, Family family) {
  std::vector<FlowBox> boxes;
  for (const Prefix& prefix : addresses)
    if (prefix.address.family == family) boxes.emplace_back().addresses = range_of(prefix);
  return FlowSpace::from_boxes(boxes);
}

FlowSpace ids_of(const Subject& subject) {
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

std::vector<OneFamily> one_family_names(const Side& side) {
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
    const FlowSpace allowed = side.meaning.least & ids_of(subject);
    for (const auto& [name, addresses] : names) {
      const bool four = !(allowed & to(addresses, Family::ipv4)).empty();
      const bool six = !(allowed & to(addresses, Family::ipv6)).empty();
      if (four == six) continue;
      const Family family = four ? Family::ipv4 : Family::ipv6;
      found.push_back({subject.label, name, family, has(addresses, four ? Family::ipv6 : Family::ipv4)});
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace egressc
