// A chain does the same with a packet wherever it is called from. So each is evaluated once, for all packets, callees
// first, and a call takes the part of the result that it sends there. What can be accepted and what can be dropped are
// computed apart: a packet surely passes if no choice of the undecided matches drops it.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <optional>
#include <span>

#include "egressc/flow_space.h"
#include "model/words/words.h"
#include "readers/meaning/chain_order.h"
#include "readers/meaning/match.h"

namespace egressc::readers {
namespace {

// What a stretch of rules may do to a packet: the packets that a choice of the undecided matches leads to each end.
// Every packet is in one at least, and without undecided rules in one exactly.
struct Effect {
  FlowSpace accepted;
  FlowSpace dropped;
  FlowSpace returned;                   // left the chain: RETURN, or the end of a chain gone to
  FlowSpace passed = FlowSpace::all();  // go on to what follows the stretch
  FlowSpace rewritten;                  // what may get another destination
  FlowSpace copied;
};

FlowSpace also(const FlowSpace& before, const FlowSpace& passed, const FlowSpace& after) {
  return after.empty() ? before : before | (passed & after);
}

// `first`, and then `second` with what passed.
Effect then(const Effect& first, const Effect& second) {
  return {also(first.accepted, first.passed, second.accepted),   also(first.dropped, first.passed, second.dropped),
          also(first.returned, first.passed, second.returned),   first.passed & second.passed,
          also(first.rewritten, first.passed, second.rewritten), also(first.copied, first.passed, second.copied)};
}

// All of them in order. By halves, so that no large set is rebuilt for each small one.
Effect sequence(std::vector<Effect> effects) {
  if (effects.empty()) return {};
  while (effects.size() > 1) {
    std::size_t made = 0;
    for (std::size_t i = 0; i + 1 < effects.size(); i += 2) effects[made++] = then(effects[i], effects[i + 1]);
    if (effects.size() % 2 != 0) effects[made++] = std::move(effects.back());
    effects.resize(made);
  }
  return std::move(effects.front());
}

// Nat changes addresses, ports and with them the interface; users, protocols and families stay.
FlowSpace to_anywhere(const FlowSpace& flows) {
  std::vector<FlowBox> boxes = flows.boxes();
  for (FlowBox& box : boxes) {
    box.loopback.reset();
    if (box.addresses) box.addresses = family_box(box.addresses->first.family).addresses;
    if (!is_icmp(box.protocols.first) || box.protocols.first != box.protocols.last) box.ports = {};
  }
  sort_unique(boxes);
  return FlowSpace::from_boxes(boxes);
}

struct Visit {
  std::size_t chain;
  std::size_t rule = 0;
};

class Evaluation {
 public:
  explicit Evaluation(const Filter& filter) : filter_(filter), index_(filter.chains), done_(filter.chains.size()) {
    for (const std::size_t chain : callees_first(filter, index_, filter.hooks)) {
      at_ = chain;
      done_[chain] = evaluate_chain(filter_.chains[chain]);
    }
    for (const std::string& hook : filter.hooks) bases_.push_back(base(hook));
  }

  // What each base chain does, in the order of Filter::hooks; nothing passes or returns any more.
  const std::vector<Effect>& bases() const { return bases_; }

  bool is_behind_nat(const std::string& name) const {
    const std::size_t chain = index_.find(name);
    return chain != no_chain && filter_.chains[chain].is_behind_nat;
  }

  // The undecided rules that a base chain leads to which may drop something, and Meaning::doubts of those base chains.
  // Of others it does not matter what they do.
  void tell_undecided(Meaning& meaning) const {
    if (undecided_.empty()) return;
    std::vector<bool> is_doubtful(filter_.chains.size()), matters(filter_.chains.size());
    for (const auto& [chain, rule] : undecided_) is_doubtful[chain] = true;
    std::map<std::size_t, std::string> identities;
    for (std::size_t i = 0; i < bases_.size(); ++i) {
      if (bases_[i].dropped.empty()) continue;
      const auto chains = callees_first(filter_, index_, {filter_.hooks[i]});
      if (std::none_of(chains.begin(), chains.end(), [&](std::size_t chain) { return is_doubtful[chain]; })) continue;
      for (const std::size_t chain : chains) {
        matters[chain] = true;
        if (!identities.contains(chain)) identities.emplace(chain, identity_of(chain, identities));
      }
      meaning.doubts.push_back(identities.at(chains.back()));
    }
    for (const auto& [chain, rule] : undecided_)
      if (matters[chain]) meaning.undecided.push_back(rule);
  }

 private:
  Effect base(const std::string& name) const {
    const std::size_t chain = index_.find(name);
    if (chain == no_chain) return anything();
    assert(done_[chain]);
    Effect effect = *done_[chain];
    const Verdict policy = filter_.chains[chain].policy;
    (policy == Verdict::drop ? effect.dropped : effect.accepted) |= effect.passed;
    return effect;
  }

  // Of chains it leads to, those that come later are loops.
  std::string identity_of(std::size_t chain, const std::map<std::size_t, std::string>& known) const {
    const FilterChain& one = filter_.chains[chain];
    std::string all = std::to_string(static_cast<int>(one.policy));
    for (const FilterRule& rule : one.rules) {
      const std::string& says = rule.identity.empty() ? rule.text : rule.identity;
      all += fmt::format("\n{} {} {} ", static_cast<int>(rule.verdict), says.size(), says);
      const auto target = leads_on(rule) ? known.find(index_.find(rule.target)) : known.end();
      all += target == known.end() ? rule.target : target->second;
    }
    return sha256_hex(all);
  }

  static Effect anything() { return {FlowSpace::all(), FlowSpace::all(), {}, FlowSpace::all(), {}, {}}; }

  // Rules that do the same may stand in any order: a run of them is one rule, with the union of their matches.
  static bool same_effect(const FilterRule& a, const FilterRule& b) {
    return a.verdict == b.verdict && a.target == b.target && a.rewrites == b.rewrites && a.copies == b.copies;
  }

  // The effect for those that call it: what returns passes.
  Effect evaluate_chain(const FilterChain& chain) {
    std::vector<Effect> effects;
    const auto& rules = chain.rules;
    for (std::size_t begin = 0, end = 0; begin < rules.size(); begin = end) {
      while (end < rules.size() && same_effect(rules[begin], rules[end])) ++end;
      if (rules[begin].verdict != Verdict::none || rules[begin].copies)
        effects.push_back(run({&rules[begin], end - begin}));
    }
    Effect effect = sequence(std::move(effects));
    effect.passed |= effect.returned;
    effect.returned = {};
    bring_together(effect);
    return effect;
  }

  // The chains that call this one put its parts together with those of many others.
  void bring_together(Effect& effect) {
    for (FlowSpace* part : {&effect.accepted, &effect.dropped, &effect.passed, &effect.rewritten, &effect.copied})
      *part = part->stored_with(together_);
  }

  Effect run(std::span<const FilterRule> rules) {
    const FilterRule& first = rules.front();
    const FlowSpace most = unite(rules, &FilterRule::most);
    const FlowSpace rest = ~unite(rules, &FilterRule::least);
    const bool is_jump = first.verdict == Verdict::jump;
    const Effect callee = leads_on(first) ? call(rules) : Effect{};
    const bool does_nothing =
        callee.accepted.empty() && callee.dropped.empty() && callee.rewritten.empty() && callee.copied.empty();
    if (!is_jump || !does_nothing || first.rewrites) report_undecided(rules, most, rest);
    const FlowSpace copied = first.copies ? most : FlowSpace();
    switch (first.verdict) {
      case Verdict::accept:
        return {most, {}, {}, rest, first.rewrites ? most : FlowSpace(), copied};
      case Verdict::drop:
        return {{}, most, {}, rest, {}, copied};
      case Verdict::ret:
        return {{}, {}, most, rest, {}, copied};
      case Verdict::jump:
      case Verdict::go:
        break;
      case Verdict::none:
        return {{}, {}, {}, FlowSpace::all(), {}, copied};
    }
    Effect effect{most & callee.accepted,
                  most & callee.dropped,
                  {},
                  rest,
                  first.rewrites ? most : most & callee.rewritten,
                  copied | (most & callee.copied)};
    (is_jump ? effect.passed : effect.returned) |= most & callee.passed;
    return effect;
  }

  Effect call(std::span<const FilterRule> rules) {
    const FilterRule& first = rules.front();
    const std::size_t chain = index_.find(first.target);
    if (chain != no_chain && done_[chain]) return *done_[chain];
    const std::string why = index_.why_unknown(first.target);
    for (const FilterRule& rule : rules)
      if (rule.undecided.empty()) undecided_.push_back({at_, {rule.where, rule.text, why}});
    return anything();
  }

  static FlowSpace unite(std::span<const FilterRule> rules, FlowSpace FilterRule::*match) {
    if (rules.size() == 1) return rules.front().*match;
    std::vector<FlowSpace> matches;
    matches.reserve(rules.size());
    for (const FilterRule& rule : rules) matches.push_back(rule.*match);
    return FlowSpace::unite(std::move(matches));
  }

  // Where rules that end a chain alike make up for each other's doubts, nothing is undecided.
  void report_undecided(std::span<const FilterRule> rules, const FlowSpace& most, const FlowSpace& rest) {
    const auto is_undecided = [](const FilterRule& rule) { return !rule.undecided.empty(); };
    if (std::none_of(rules.begin(), rules.end(), is_undecided)) return;
    if (!leads_on(rules.front()) && (most & rest).empty()) return;
    for (const FilterRule& rule : rules)
      if (!rule.undecided.empty() && !rule.most.empty())
        undecided_.push_back({at_, {rule.where, rule.text, rule.undecided}});
  }

  const Filter& filter_;
  ChainIndex index_;
  std::vector<std::optional<Effect>> done_;                   // by chain
  std::vector<Effect> bases_;                                 // by hook
  std::vector<std::pair<std::size_t, Undecided>> undecided_;  // with the chain
  std::size_t at_ = 0;                                        // the chain that is evaluated
  // Any set with storage: that of the effects of all chains.
  const FlowSpace together_ = FlowSpace::from_boxes(std::array{single(FlowPoint{})});
};

}  // namespace

ChainIndex::ChainIndex(const std::vector<FilterChain>& chains) {
  for (std::size_t i = 0; i < chains.size(); ++i) index_.emplace(chains[i].name, i);
}

std::size_t ChainIndex::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? no_chain : found->second;
}

std::string ChainIndex::why_unknown(const std::string& target) const {
  return find(target) == no_chain ? "there is no chain \"" + target + "\""
                                  : "chain \"" + target + "\" leads back to itself";
}

// With a stack of its own: the depth is up to whoever wrote the filter.
std::vector<std::size_t> callees_first(const Filter& filter, const ChainIndex& index,
                                       const std::vector<std::string>& hooks) {
  std::vector<std::size_t> order;
  std::vector<bool> seen(filter.chains.size());
  std::vector<Visit> stack;
  const auto enter = [&](const std::string& name) {
    const std::size_t chain = index.find(name);
    if (chain == no_chain || seen[chain]) return;
    seen[chain] = true;
    stack.push_back({chain});
  };
  for (const std::string& hook : hooks) {
    enter(hook);
    while (!stack.empty()) {
      Visit& top = stack.back();
      const auto& rules = filter.chains[top.chain].rules;
      while (top.rule < rules.size() && !leads_on(rules[top.rule])) ++top.rule;
      if (top.rule == rules.size()) {
        order.push_back(top.chain);
        stack.pop_back();
      } else {
        enter(rules[top.rule++].target);
      }
    }
  }
  return order;
}

bool may_be_undecided(const Filter& filter) {
  const ChainIndex index(filter.chains);
  std::vector<bool> is_done(filter.chains.size());
  const auto is_in_doubt = [&](const FilterRule& rule) {
    if (!rule.undecided.empty()) return true;
    if (!leads_on(rule)) return false;
    const std::size_t target = index.find(rule.target);
    return target == no_chain || !is_done[target];
  };
  for (const std::size_t chain : callees_first(filter, index, filter.hooks)) {
    const auto& rules = filter.chains[chain].rules;
    if (std::any_of(rules.begin(), rules.end(), is_in_doubt)) return true;
    is_done[chain] = true;
  }
  return false;
}

std::vector<std::string> hooks_that_decide(const Filter& filter, const std::vector<std::string>& hooks) {
  const ChainIndex index(filter.chains);
  std::vector<bool> decides(filter.chains.size());
  const auto may_decide = [&](const FilterRule& rule) {
    const std::size_t target = index.find(rule.target);
    return rule.verdict == Verdict::drop || rule.rewrites ||
           (leads_on(rule) && (target == no_chain || decides[target]));
  };
  for (const std::size_t chain : callees_first(filter, index, hooks)) {
    const auto& rules = filter.chains[chain].rules;
    decides[chain] =
        filter.chains[chain].policy == Verdict::drop || std::any_of(rules.begin(), rules.end(), may_decide);
  }
  std::vector<std::string> names;
  for (const std::string& hook : hooks)
    if (decides[index.find(hook)]) names.push_back(hook);
  return names;
}

}  // namespace egressc::readers

namespace egressc {

Rewriting rewriting_of(std::span<const ReadRuleset> rulesets) {
  Rewriting rewriting;
  for (const ReadRuleset& ruleset : rulesets) {
    const std::size_t known = rewriting.rules.size();
    for (const FilterChain& chain : ruleset.filter.chains)
      for (const FilterRule& rule : chain.rules)
        if ((rule.rewrites || rule.copies) && !rule.most.empty())
          rewriting.rules.push_back({rule.where, rule.text,
                                     rule.copies
                                         ? "it sends a copy, which rules about users and connections do not hold"
                                         : "it gives packets another destination"});
    if (rewriting.rules.size() == known) continue;
    const readers::Evaluation evaluation(ruleset.filter);
    for (const readers::Effect& effect : evaluation.bases()) {
      rewriting.flows |= effect.rewritten & ruleset.universe;
      rewriting.copies |= effect.copied & ruleset.universe;
    }
  }
  return rewriting;
}

Meaning evaluate(const Filter& filter, const FlowSpace& universe, const Rewriting& nat) {
  const readers::Evaluation evaluation(filter);
  Meaning meaning;
  meaning.least = meaning.most = universe;
  evaluation.tell_undecided(meaning);
  for (const readers::Effect& effect : evaluation.bases()) {
    meaning.least -= effect.dropped;
    meaning.most &= effect.accepted;
  }
  if (nat.empty()) return meaning;
  const FlowSpace least = meaning.least, most = meaning.most;
  meaning.most = universe;
  for (std::size_t i = 0; i < filter.hooks.size(); ++i) {
    const readers::Effect& effect = evaluation.bases()[i];
    BesidesByNat& besides = meaning.by_nat.emplace_back(
        evaluation.is_behind_nat(filter.hooks[i])
            ? BesidesByNat{nat.flows & readers::to_anywhere(effect.accepted),
                           nat.flows & readers::to_anywhere(effect.dropped)}
            : BesidesByNat{readers::to_anywhere(nat.flows & effect.accepted), nat.flows & effect.accepted});
    besides.accepted |= nat.copies;
    meaning.least -= besides.dropped;
    meaning.most &= effect.accepted | besides.accepted;
  }
  meaning.rewriting_by = nat.rules;
  if (meaning.least != least || meaning.most != most)
    meaning.undecided.insert(meaning.undecided.end(), nat.rules.begin(), nat.rules.end());
  return meaning;
}

std::vector<Meaning> evaluate(std::span<const ReadRuleset> rulesets) {
  const Rewriting nat = rewriting_of(rulesets);
  std::vector<Meaning> meanings;
  for (const ReadRuleset& ruleset : rulesets) meanings.push_back(evaluate(ruleset.filter, ruleset.universe, nat));
  return meanings;
}

}  // namespace egressc
