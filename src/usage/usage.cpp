#include "usage/usage.h"

#include <fmt/core.h>

#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "usage/subject.h"

namespace egressc {
namespace {

using counting::SubjectCounts;
using End = RuleCount::End;

constexpr std::string_view base_chain = "output";  // where the rules of older tables are

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

Usage usage_of(const Policy& policy, const Ruleset& lowered, const TableCounts& counts,
               std::optional<CivilDate> today) {
  Accounts accounts(policy, lowered);
  for (const SetCounts& set : counts.sets) accounts.add(set);
  for (const RuleCount& rule : counts.rules) accounts.add(rule);
  return accounts.finish(today);
}

}  // namespace egressc
