#include "backends/live_sets.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "egressc/backends.h"

namespace egressc {
namespace {

using Sets = std::vector<const LiveSet*>;

void append_wildcards(Sets& sets, const Sets& others) {
  std::copy_if(others.begin(), others.end(), std::back_inserter(sets), [](const LiveSet* set) { return set->below; });
}

}  // namespace

std::string live_set_name(const LiveSet& set, Family family) {
  return fmt::format("{}_{}", set.identifier, static_cast<int>(family));
}

std::vector<const LiveSet*> live_sets(const Ruleset& ruleset) {
  Sets sets;
  std::set<std::string_view> seen;
  for (const UidGroup& group : ruleset.groups)
    for (const SubjectRules& rules : group.subjects)
      for (const LiveSet& set : rules.live)
        if (seen.insert(set.identifier).second) sets.push_back(&set);
  return sets;
}

bool has_live_sets(const Ruleset& ruleset) { return !live_sets(ruleset).empty(); }

std::string_view ipset_advice(const Ruleset& ruleset) {
  return has_live_sets(ruleset)
             ? "# First: ipset restore < policy.ipset, of the same policy: live names are looked up there.\n"
             : "";
}

std::vector<ResolverName> resolver_names(const Ruleset& ruleset) {
  std::map<std::string_view, Sets> by_name;
  for (const LiveSet* set : live_sets(ruleset)) by_name[set->name].push_back(set);
  std::vector<ResolverName> names;
  for (const auto& [name, own] : by_name) {
    ResolverName& told = names.emplace_back(ResolverName{name, own});
    for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1))
      if (const auto above = by_name.find(name.substr(dot + 1)); above != by_name.end())
        append_wildcards(told.sets, above->second);
  }
  return names;
}

}  // namespace egressc
