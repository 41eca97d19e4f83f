#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "cli/outcome.h"
#include "deploy/refresh.h"
#include "deploy/site.h"
#include "deploy/state.h"
#include "egressc/backends.h"
#include "egressc/flow_space.h"
#include "egressc/lower.h"
#include "egressc/policy.h"
#include "readers/listing/listing.h"

namespace egressc::deploy {
namespace {

// By the label that a live set has of its name.
std::map<std::string, DomainName> names_by_label(const Policy& policy) {
  std::map<std::string, DomainName> names;
  for (const Subject& subject : policy.subjects)
    for (const Grant& grant : subject.allow)
      if (grant.live) names.emplace(live_label(grant.names.front()), grant.names.front());
  return names;
}

std::string refused(const Change& change) {
  std::string text = "the kernel refuses to change the sets of live names; they stay as they are";
  for (const Diagnostic& one : change.refusal.all()) text += "\n" + one.message;
  return text;
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

Result<bool> RefreshTable::look() {
  for (int attempt = 0; attempt < most_looks; ++attempt) {
    const auto table = kernel_.own_table(netns_);
    if (!table) return table.failure();
    if (!table->present) return false;
    if (generation_ == table->generation) return true;
    const RefreshTime looked = now_();
    const auto text = kernel_.own_text(netns_);
    if (!text) return text.failure();
    generation_ = table->generation;
    hash_ = hash_in(table->comment);
    sets_ = live_set_names(*text);
    std::sort(sets_.begin(), sets_.end());
    held_.clear();
    for (LiveElement& element : live_elements(*text).elements)
      held_.push_back({std::move(element.set), element.address, element.remaining});
    looked_ = looked;
  }
  return true;  // it keeps changing: what was read last is good enough to go on with
}

std::vector<DomainName> RefreshTable::missing(const std::vector<FollowedName>& names) const {
  std::vector<DomainName> all;
  for (const FollowedName& name : names) {
    const auto is_there = [&](const FollowedSet& set) {
      return std::binary_search(sets_.begin(), sets_.end(), set.identifier + "_4") &&
             std::binary_search(sets_.begin(), sets_.end(), set.identifier + "_6");
    };
    if (!std::all_of(name.sets.begin(), name.sets.end(), is_there)) all.push_back(name.name);
  }
  return all;
}

std::vector<HeldElement> RefreshTable::held_now() const {
  const auto passed = now_() - looked_;
  std::vector<HeldElement> held;
  for (HeldElement element : held_) {
    if (element.remaining) {
      if (*element.remaining <= passed) continue;
      *element.remaining -= passed;
    }
    held.push_back(std::move(element));
  }
  return held;
}

Result<std::optional<std::vector<RefreshEvent>>> RefreshTable::change(Refresher& refresher) {
  using Done = std::optional<std::vector<RefreshEvent>>;
  RefreshRound round = refresher.round(held_now());
  if (round.text.empty()) {
    refresher.done(round);
    return Done(std::move(round.events));
  }
  const auto change = kernel_.commit(netns_, round.text, "refresh", generation_);
  if (!change) return change.failure();
  if (change->outcome == ChangeOutcome::done) {
    refresher.done(round);
    return Done(std::move(round.events));
  }
  const auto before = std::exchange(generation_, std::nullopt);
  if (change->outcome == ChangeOutcome::outdated) return Done();
  // A set may have gone in the very moment.
  const auto table = kernel_.own_table(netns_);
  if (table && table->generation != before) return Done();
  return Failure{refused(*change)};
}

}  // namespace egressc::deploy
