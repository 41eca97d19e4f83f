#include "deploy/refresh_names.h"

#include <map>
#include <set>

#include "cli/outcome.h"
#include "deploy/state_record.h"
#include "egressc/backends.h"
#include "egressc/live.h"
#include "egressc/lower.h"

namespace egressc {
namespace {

// By the label that a live set has of its name.
std::map<std::string, DomainName> names_by_label(const Policy& policy) {
  std::map<std::string, DomainName> names;
  for (const Subject& subject : policy.subjects)
    for (const Grant& grant : subject.allow)
      if (grant.live) names.emplace(live_label(grant.names.front()), grant.names.front());
  return names;
}

}  // namespace

std::optional<FollowedNames> live_names(const Policy& policy, std::optional<CivilDate> today,
                                        Diagnostics& diagnostics) {
  const auto lowered = lower_policy(policy, {std::string(version), today, {}, {}}, diagnostics);
  if (!lowered) return std::nullopt;
  const auto names = names_by_label(policy);
  std::map<DomainName, std::map<std::string, std::vector<Prefix>>> sets;
  std::set<std::string> wildcards;
  for (const UidGroup& group : lowered->ruleset.groups)
    for (const SubjectRules& rules : group.subjects)
      for (const LiveSet& set : rules.live) {
        const DomainName& name = names.at(set.comment);
        if (name.is_wildcard())
          wildcards.insert(name.spelling());
        else
          sets[name].emplace(set.identifier, set.addresses);
      }
  FollowedNames all{{}, {wildcards.begin(), wildcards.end()}, hash_in(table_comment(lowered->ruleset))};
  for (const auto& [name, of_name] : sets) {
    FollowedName followed{name, {}};
    for (const auto& [identifier, addresses] : of_name) followed.sets.push_back({identifier, addresses});
    all.names.push_back(std::move(followed));
  }
  return all;
}

}  // namespace egressc
