#include "usage/usage.h"

#include <fmt/core.h>

#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "egressc/flow_space.h"
#include "egressc/policy.h"
#include "egressc/ruleset.h"
#include "usage/cells.h"

namespace egressc::usage {
namespace {

using End = RuleCount::End;

constexpr std::string_view base_chain = "output";  // where the rules of older tables are

GrantUsage words_of(const Grant& grant) {
  GrantUsage made;
  made.where = grant.where;
  for (const DomainName& name : grant.names) made.names.push_back(name.spelling());
  if (grant.prefix) made.prefix = to_string(*grant.prefix);
  for (const Service& service : grant.services) made.services.push_back(to_string(service));
  made.live = grant.live;
  return made;
}

std::vector<Place> openings_of(const Grant& grant) {
  std::vector<Prefix> prefixes = grant.addresses;
  if (grant.prefix) prefixes.push_back(*grant.prefix);
  return openings(std::move(prefixes), grant.services);
}

std::vector<Place> resolver_openings(const Policy& policy) {
  std::vector<Prefix> prefixes;
  for (const Address& resolver : policy.resolvers) prefixes.push_back(single(resolver));
  return openings(std::move(prefixes), {{Protocol::any, {domain_port, domain_port}}});
}

// What one subject's sets and rules counted.
class SubjectCounts {
 public:
  // All three have to stay.
  SubjectCounts(const Policy& policy, const Subject& subject, const SubjectRules& rules);

  // False if the policy has no such element.
  bool add(const ElementCount& element);
  // What a rule of the `live`th of its live sets let pass.
  void add_live(std::size_t live, const Count& count);

  // Its grants and resolvers.
  void describe(SubjectUsage& usage, std::optional<CivilDate> today) const;

 private:
  // Grants to one name that have the same services share a set.
  using LiveKey = std::pair<std::string, std::vector<Service>>;
  const Policy& policy_;
  const Subject& subject_;
  const SubjectRules& rules_;
  Cells cells_;
  std::map<LiveKey, Count> live_;  // of those that have rules
};

SubjectCounts::SubjectCounts(const Policy& policy, const Subject& subject, const SubjectRules& rules)
    : policy_(policy), subject_(subject), rules_(rules), cells_(rules) {}

bool SubjectCounts::add(const ElementCount& element) {
  if (!element.addresses) return false;
  const std::vector<Prefix> prefixes = prefixes_of(*element.addresses);
  if (prefixes.size() != 1) return false;
  const bool is_v4 = element.addresses->first.family == Family::ipv4;
  const Protocol protocol = element.protocol.value_or(is_v4 ? Protocol::icmp : Protocol::icmpv6);
  const auto cell = cells_.find({protocol, prefixes.front(), element.ports});
  if (cell) cells_.add(*cell, element.count);
  return cell.has_value();
}

void SubjectCounts::add_live(std::size_t live, const Count& count) {
  const LiveSet& set = rules_.live[live];
  live_[{set.comment, joined(set.services)}] += count;
}

void SubjectCounts::describe(SubjectUsage& usage, std::optional<CivilDate> today) const {
  const auto live_key = [](const Grant& grant) {
    return LiveKey{live_label(grant.names.front()), joined(grant.services)};
  };
  std::vector<Claim> claims;
  std::map<LiveKey, std::size_t> grants_of;
  for (const Grant& grant : subject_.allow) {
    const bool expired = has_expired(grant, today);
    claims.push_back(grant.live || expired ? Claim{} : claim_of(cells_, openings_of(grant)));
    if (grant.live && !expired) ++grants_of[live_key(grant)];
  }
  if (!policy_.resolvers.empty()) claims.push_back(claim_of(cells_, resolver_openings(policy_)));

  const std::vector<Share> shares = shares_of(cells_, claims);
  for (std::size_t i = 0; i < subject_.allow.size(); ++i) {
    const Grant& grant = subject_.allow[i];
    GrantUsage& made = usage.grants.emplace_back(words_of(grant));
    made.expired = has_expired(grant, today);
    made.count = shares[i].count;
    made.shared = shares[i].is_shared;
    made.loaded = shares[i].is_loaded;
    if (!grant.live || made.expired) continue;
    const auto live = live_.find(live_key(grant));
    if (live == live_.end()) continue;
    made.count = live->second;
    made.shared = grants_of[live->first] > 1 && made.count.packets != 0;
    made.loaded = true;
  }
  if (!policy_.resolvers.empty()) usage.resolvers = {shares.back().count, shares.back().is_shared};
}

void add_to(std::optional<Count>& sum, const Count& count) {
  if (!sum) sum.emplace();
  *sum += count;
}

class Accounts {
 public:
  Accounts(const Policy& policy, const Ruleset& lowered)
      : rules_chain_("rules" + lowered.tag), deny_chain_("deny" + lowered.tag) {
    usage_.monitors = policy.mode == Mode::monitor;
    usage_.opening_only = policy.established == Established::keep;
    std::map<std::pair<std::vector<IdRange>, std::vector<IdRange>>, const SubjectRules*> rules;
    for (const UidGroup& group : lowered.groups)
      for (const SubjectRules& one : group.subjects) rules.emplace(std::pair(one.uids, one.gids), &one);
    for (const Subject& subject : policy.subjects) {
      const auto found = rules.find(std::pair(subject.uids, subject.gids));
      const SubjectRules& of = found == rules.end() ? no_rules_ : *found->second;
      add_names(of, subjects_.size());
      subjects_.emplace_back(policy, subject, of);
      SubjectUsage& made = usage_.subjects.emplace_back();
      made.label = subject.label;
      made.uids = subject.uids;
      made.gids = subject.gids;
      made.where = subject.where;
    }
  }

  void add(const SetCounts& set) {
    const auto known = sets_.find(set.name);
    const bool is_ours = known != sets_.end() && !known->second.live;
    if (is_ours && set.uncounted != 0) usage_.by_grant = false;
    for (const ElementCount& element : set.elements)
      if (!is_ours || !subjects_[known->second.subject].add(element)) add_stranger(element.count);
  }

  void add(const RuleCount& rule) {
    const auto subject = chains_.find(rule.chain);
    const bool denies = rule.end == End::denies || rule.end == End::goes_to_deny;
    if (rule.chain == deny_chain_) {
      if (rule.end != End::other) usage_.denied += rule.count;
    } else if (denies) {
      add_to(subject == chains_.end() ? usage_.denied_others : usage_.subjects[subject->second].denied, rule.count);
      if (rule.end == End::denies) usage_.denied += rule.count;
    } else if (rule.end == End::accepts && (rule.chain == rules_chain_ || rule.chain == base_chain)) {
      (rule.established ? usage_.established : usage_.baseline) += rule.count;
    } else if (rule.end == End::accepts && subject == chains_.end()) {
      add_stranger(rule.count);
    } else if (rule.end == End::accepts) {
      add_allowed(subject->second, rule);
    }
  }

  Usage finish(std::optional<CivilDate> today) {
    for (std::size_t i = 0; i < subjects_.size(); ++i) subjects_[i].describe(usage_.subjects[i], today);
    return std::move(usage_);
  }

 private:
  struct KnownSet {
    std::size_t subject = 0;
    std::optional<std::size_t> live;  // which of its live sets
  };

  void add_names(const SubjectRules& rules, std::size_t subject) {
    if (rules.chain.empty()) return;
    chains_.emplace(rules.chain, subject);
    for (const char family : {'4', '6'}) {
      sets_.emplace(fmt::format("{}_{}", rules.chain, family), KnownSet{subject, {}});
      sets_.emplace(fmt::format("{}_echo_{}", rules.chain, family), KnownSet{subject, {}});
      for (std::size_t i = 0; i < rules.live.size(); ++i)
        sets_.emplace(fmt::format("{}_{}", rules.live[i].identifier, family), KnownSet{subject, i});
    }
  }

  void add_allowed(std::size_t subject, const RuleCount& rule) {
    usage_.subjects[subject].allowed += rule.count;
    const auto set = sets_.find(rule.set);
    if (set == sets_.end() || set->second.subject != subject)
      add_stranger(rule.count);
    else if (set->second.live)
      subjects_[subject].add_live(*set->second.live, rule.count);
  }

  void add_stranger(const Count& count) {
    usage_.unattributed += count;
    ++usage_.strangers;
  }

  const std::string rules_chain_;
  const std::string deny_chain_;
  const SubjectRules no_rules_;
  Usage usage_;
  std::vector<SubjectCounts> subjects_;  // as usage_.subjects
  std::unordered_map<std::string, std::size_t> chains_;
  std::unordered_map<std::string, KnownSet> sets_;
};

}  // namespace
}  // namespace egressc::usage

namespace egressc {

Usage usage_of(const Policy& policy, const Ruleset& lowered, const TableCounts& counts,
               std::optional<CivilDate> today) {
  usage::Accounts accounts(policy, lowered);
  for (const SetCounts& set : counts.sets) accounts.add(set);
  for (const RuleCount& rule : counts.rules) accounts.add(rule);
  return accounts.finish(today);
}

}  // namespace egressc
