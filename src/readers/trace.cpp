// A chain does the same with a packet wherever it is called from. So what each may do is computed once, callees first;
// then the packet is followed, but only into chains that may decide, and into each of those once.
#include "egressc/trace.h"

#include "readers/chain_order.h"

namespace egressc {
namespace {

using readers::ChainIndex;

constexpr Ends anything{true, true, true};

bool decides(const Ends& ends) { return ends.accepted || ends.dropped; }

bool leaves(const FilterRule& rule) { return rule.verdict == Verdict::jump || rule.verdict == Verdict::go; }

class Tracer {
 public:
  Tracer(const Filter& filter, const FlowPoint& flow)
      : filter_(filter),
        flow_(flow),
        index_(filter.chains),
        ends_(filter.chains.size()),
        turn_(filter.chains.size(), filter.chains.size()) {
    std::size_t turn = 0;
    for (const std::size_t chain : readers::callees_first(filter, index_)) {
      turn_[chain] = turn++;
      ends_[chain] = ends_of(chain);
    }
  }

  HookTrace follow(const std::string& name) {
    HookTrace hook;
    hook.chain = name;
    const std::size_t base = index_.find(name);
    if (base == readers::no_chain) {
      hook.ends = {true, true, false};
      hook.steps.push_back({name, {}, {}, Verdict::none, {}, "there is no chain \"" + name + "\"", hook.ends});
      return hook;
    }
    hook.policy = filter_.chains[base].policy;
    hook.ends = ends_[base];
    if (hook.ends.passed) (hook.policy == Verdict::drop ? hook.ends.dropped : hook.ends.accepted) = true;
    hook.ends.passed = false;
    entered_.assign(filter_.chains.size(), false);
    stack_ = {{base}};
    hook.by_policy = !walk(hook.steps);
    return hook;
  }

 private:
  struct Place {
    std::size_t chain;
    std::size_t rule = 0;
  };

  // The chain that a rule of `from` leads to; no_chain if there is none, or none that comes earlier: a loop.
  std::size_t callee(std::size_t from, const FilterRule& rule) const {
    const std::size_t chain = index_.find(rule.target);
    return chain != readers::no_chain && turn_[chain] < turn_[from] ? chain : readers::no_chain;
  }

  // What becomes of a packet that the rule of chain `from` matches.
  Ends ends_of(std::size_t from, const FilterRule& rule) const {
    if (leaves(rule)) {
      const std::size_t chain = callee(from, rule);
      return chain == readers::no_chain ? anything : ends_[chain];
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
    if (!leaves(rule) || callee(from, rule) != readers::no_chain) return {};
    if (!rule.undecided.empty()) return rule.undecided;
    return index_.find(rule.target) == readers::no_chain ? "there is no chain \"" + rule.target + "\""
                                                         : "chain \"" + rule.target + "\" leads back to itself";
  }

  bool is_worth_saying(const FilterRule& rule, const Ends& ends) const {
    if (rule.verdict == Verdict::jump) return decides(ends);
    return decides(ends) || stack_.size() == 1 || !rule.least.contains(flow_);
  }

  // True if a rule decided; otherwise the base chain was left.
  bool walk(std::vector<TraceStep>& steps) {
    while (!stack_.empty()) {
      const std::size_t chain = stack_.back().chain;
      const auto& rules = filter_.chains[chain].rules;
      if (stack_.back().rule == rules.size()) {
        stack_.pop_back();
        continue;
      }
      const FilterRule& rule = rules[stack_.back().rule++];
      if (rule.verdict == Verdict::none || !rule.most.contains(flow_)) continue;
      const Ends ends = ends_of(chain, rule);
      const std::string undecided = why_undecided(chain, rule);
      if (is_worth_saying(rule, ends))
        steps.push_back(
            {filter_.chains[chain].name, rule.where, rule.text, rule.verdict, rule.target, undecided, ends});
      if (rule.least.contains(flow_) && take(chain, rule, ends)) return true;
    }
    return false;
  }

  // True if the rule, which surely matches, ends the way.
  bool take(std::size_t from, const FilterRule& rule, const Ends& ends) {
    if (!leaves(rule)) {
      if (rule.verdict != Verdict::ret) return true;
      stack_.pop_back();
      return false;
    }
    const std::size_t target = callee(from, rule);
    const bool enter = target != readers::no_chain && decides(ends) && !entered_[target];
    if (rule.verdict == Verdict::go) stack_.pop_back();
    if (enter) {
      entered_[target] = true;
      stack_.push_back({target});
      return false;
    }
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
};

}  // namespace

Trace trace(const Filter& filter, const FlowPoint& flow) {
  Tracer tracer(filter, flow);
  Trace way;
  way.ends.accepted = true;
  for (const std::string& hook : filter.hooks) {
    way.hooks.push_back(tracer.follow(hook));
    way.ends.accepted &= way.hooks.back().ends.accepted;
    way.ends.dropped |= way.hooks.back().ends.dropped;
  }
  return way;
}

}  // namespace egressc
