// A chain does the same with a packet wherever it is called from. So what each may do is computed once, callees first;
// then the packet is followed into each chain once. A chain that it comes back from without having met
// a rule that returns it is not worth a word: the jump there is taken back.
#include "readers/meaning/chain_order.h"

namespace egressc::readers {
namespace {

constexpr Ends any_end{true, true, true};

bool decides(const Ends& ends) { return ends.accepted || ends.dropped; }

class Tracer {
 public:
  Tracer(const Filter& filter, const FlowPoint& flow)
      : filter_(filter),
        flow_(flow),
        index_(filter.chains),
        ends_(filter.chains.size()),
        turn_(filter.chains.size(), filter.chains.size()) {
    std::size_t turn = 0;
    for (const std::size_t chain : callees_first(filter, index_, filter.hooks)) {
      turn_[chain] = turn++;
      ends_[chain] = ends_of(chain);
    }
  }

  HookTrace follow(const std::string& name) {
    HookTrace hook;
    hook.chain = name;
    const std::size_t base = index_.find(name);
    if (base == no_chain) {
      hook.ends = {true, true, false};
      hook.steps.push_back({name, {}, {}, Verdict::none, {}, index_.why_unknown(name), hook.ends});
      return hook;
    }
    hook.policy = filter_.chains[base].policy;
    hook.ends = ends_[base];
    if (hook.ends.passed) (hook.policy == Verdict::drop ? hook.ends.dropped : hook.ends.accepted) = true;
    hook.ends.passed = false;
    entered_.assign(filter_.chains.size(), false);
    stack_ = {{base}};
    told_ = 0;
    hook.by_policy = !walk(hook.steps);
    return hook;
  }

 private:
  struct Place {
    std::size_t chain;
    std::size_t rule = 0;
    std::size_t step = 0;  // of the jump that led here
  };

  // The chain that a rule of `from` leads to; no_chain if there is none, or none that comes earlier: a loop.
  std::size_t callee(std::size_t from, const FilterRule& rule) const {
    const std::size_t chain = index_.find(rule.target);
    return chain != no_chain && turn_[chain] < turn_[from] ? chain : no_chain;
  }

  // What becomes of a packet that the rule of chain `from` matches.
  Ends ends_of(std::size_t from, const FilterRule& rule) const {
    if (leads_on(rule)) {
      const std::size_t chain = callee(from, rule);
      return chain == no_chain ? any_end : ends_[chain];
    }
    return {rule.verdict == Verdict::accept, rule.verdict == Verdict::drop, rule.verdict == Verdict::ret};
  }

  // The same of a chain, for those that call it: what returns passes.
  Ends ends_of(std::size_t chain) const {
    Ends ends;
    for (const FilterRule& rule : filter_.chains[chain].rules) {
      if (rule.verdict == Verdict::none || !rule.most.contains(flow_)) continue;
      const Ends matched = ends_of(chain, rule);
      ends.accepted |= matched.accepted;
      ends.dropped |= matched.dropped;
      if (rule.verdict != Verdict::jump) ends.passed |= matched.passed;
      const bool goes_on = !rule.least.contains(flow_) || (rule.verdict == Verdict::jump && matched.passed);
      if (!goes_on) return ends;
    }
    ends.passed = true;
    return ends;
  }

  std::string why_undecided(std::size_t from, const FilterRule& rule) const {
    if (!rule.least.contains(flow_)) return rule.undecided.empty() ? "it may match" : rule.undecided;
    if (!leads_on(rule) || callee(from, rule) != no_chain) return {};
    if (!rule.undecided.empty()) return rule.undecided;
    return index_.why_unknown(rule.target);
  }

  bool is_worth_saying(std::size_t from, const FilterRule& rule, const Ends& ends) const {
    if (rule.verdict != Verdict::jump || decides(ends)) return true;
    const std::size_t target = callee(from, rule);
    return rule.least.contains(flow_) && target != no_chain && !entered_[target];
  }

  void leave(std::vector<TraceStep>& steps) {
    const std::size_t step = stack_.back().step;
    stack_.pop_back();
    if (!stack_.empty() && told_ <= step) steps.resize(step);
  }

  // True if a rule decided; otherwise the base chain was left.
  bool walk(std::vector<TraceStep>& steps) {
    while (!stack_.empty()) {
      const std::size_t chain = stack_.back().chain;
      const auto& rules = filter_.chains[chain].rules;
      if (stack_.back().rule == rules.size()) {
        leave(steps);
        continue;
      }
      const FilterRule& rule = rules[stack_.back().rule++];
      if (rule.verdict == Verdict::none || !rule.most.contains(flow_)) continue;
      const Ends ends = ends_of(chain, rule);
      const std::string undecided = why_undecided(chain, rule);
      if (is_worth_saying(chain, rule, ends)) {
        steps.push_back(
            {filter_.chains[chain].name, rule.where, rule.text, rule.verdict, rule.target, undecided, ends});
        if (!leads_on(rule) || !undecided.empty()) told_ = steps.size();
      }
      if (rule.least.contains(flow_) && take(chain, rule, ends, steps.size())) return true;
    }
    return false;
  }

  // True if the rule, which surely matches, ends the way.
  bool take(std::size_t from, const FilterRule& rule, const Ends& ends, std::size_t steps) {
    if (!leads_on(rule)) {
      if (rule.verdict != Verdict::ret) return true;
      stack_.pop_back();
      return false;
    }
    const std::size_t target = callee(from, rule);
    const bool enter = target != no_chain && !entered_[target];
    const bool go = rule.verdict == Verdict::go;
    const std::size_t step = go ? stack_.back().step : steps - 1;
    if (go) stack_.pop_back();
    if (enter) {
      entered_[target] = true;
      stack_.push_back({target, 0, step});
      return false;
    }
    if (go) told_ = steps;  // it leaves the chain
    return !ends.passed;
  }

  const Filter& filter_;
  const FlowPoint& flow_;
  ChainIndex index_;
  // By chain:
  std::vector<Ends> ends_;
  std::vector<std::size_t> turn_;  // when it was computed
  std::vector<bool> entered_;
  std::vector<Place> stack_;
  std::size_t told_ = 0;  // steps up to the last that is no mere jump
};

// What becomes of the flow besides, where nat gives it another destination, or gives another this one.
void add(const BesidesByNat& besides, const FlowPoint& flow, const Meaning& meaning, HookTrace& hook) {
  const Ends alone = hook.ends;
  hook.ends.accepted |= besides.accepted.contains(flow);
  hook.ends.dropped |= besides.dropped.contains(flow);
  if (hook.ends == alone) return;
  const Undecided& rule = meaning.rewriting_by.front();
  hook.steps.push_back({hook.chain, rule.where, rule.text, Verdict::none, {}, rule.why + ": " + rule.text, hook.ends});
}

}  // namespace
}  // namespace egressc::readers

namespace egressc {

Trace trace(const Filter& filter, const FlowPoint& flow, const Meaning* with_nat) {
  readers::Tracer tracer(filter, flow);
  Trace way;
  way.ends.accepted = true;
  for (std::size_t i = 0; i < filter.hooks.size(); ++i) {
    HookTrace& hook = way.hooks.emplace_back(tracer.follow(filter.hooks[i]));
    if (with_nat != nullptr && !with_nat->by_nat.empty()) readers::add(with_nat->by_nat[i], flow, *with_nat, hook);
    way.ends.accepted &= hook.ends.accepted;
    way.ends.dropped |= hook.ends.dropped;
  }
  return way;
}

}  // namespace egressc
