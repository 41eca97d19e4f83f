#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "lint/checks.h"
#include "lint/destinations.h"

namespace egressc {
namespace {

using ByName = std::multimap<std::string_view, const Grant*>;

bool within(const Service& inner, const Service& outer) {
  const bool splits = inner.protocol == Protocol::tcp || inner.protocol == Protocol::udp;
  return (inner.protocol == outer.protocol || (splits && outer.protocol == Protocol::any)) &&
         outer.ports.first <= inner.ports.first && inner.ports.last <= outer.ports.last;
}

bool within(const Grant& inner, const Grant& outer) {
  return std::all_of(inner.services.begin(), inner.services.end(), [&](const Service& service) {
    return std::any_of(outer.services.begin(), outer.services.end(),
                       [&](const Service& wider) { return within(service, wider); });
  });
}

// The live wildcard above the grant's name that opens all its ports, and holds as long; nullptr if there is none.
const Grant* wildcard_over(const Grant& grant, const ByName& wildcards) {
  std::string_view name = grant.names.front().key();
  if (grant.names.front().is_wildcard()) name.remove_prefix(2);
  for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
    const auto [first, last] = wildcards.equal_range(name.substr(dot + 1));
    const auto found = std::find_if(first, last, [&](const auto& row) { return within(grant, *row.second); });
    if (found != last) return found->second;
  }
  return nullptr;
}

}  // namespace

void check_live_names(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    ByName wildcards;  // without "*."
    for (const Grant& grant : subject.allow)
      if (grant.live && !grant.expires && grant.names.front().is_wildcard())
        wildcards.emplace(std::string_view(grant.names.front().key()).substr(2), &grant);
    if (wildcards.empty()) continue;
    std::vector<Tally> tallies(subject.allow.size());
    for (const Grant& grant : subject.allow)
      if (const Grant* over = grant.live ? wildcard_over(grant, wildcards) : nullptr)
        tallies[static_cast<std::size_t>(over - subject.allow.data())].add(grant.where, name_of(grant));
    for (std::size_t i = 0; i < tallies.size(); ++i)
      findings.add("redundant", tallies[i], &subject,
                   fmt::format("{} live below {}, which opens the same ports",
                               counted(tallies[i].count(), "name") + (tallies[i].count() == 1 ? " is" : " are"),
                               name_of(subject.allow[i])),
                   "keep the names and remove the wildcard, if they are all that is needed");
  }
}

}  // namespace egressc
