#include "readers/chain_order.h"

namespace egressc::readers {
namespace {

bool leaves(const FilterRule& rule) { return rule.verdict == Verdict::jump || rule.verdict == Verdict::go; }

struct Visit {
  std::size_t chain;
  std::size_t rule = 0;
};

}  // namespace

ChainIndex::ChainIndex(const std::vector<FilterChain>& chains) {
  for (std::size_t i = 0; i < chains.size(); ++i) index_.emplace(chains[i].name, i);
}

std::size_t ChainIndex::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? no_chain : found->second;
}

// With a stack of its own: the depth is up to whoever wrote the filter.
std::vector<std::size_t> callees_first(const Filter& filter, const ChainIndex& index) {
  std::vector<std::size_t> order;
  std::vector<bool> seen(filter.chains.size());
  std::vector<Visit> stack;
  const auto enter = [&](const std::string& name) {
    const std::size_t chain = index.find(name);
    if (chain == no_chain || seen[chain]) return;
    seen[chain] = true;
    stack.push_back({chain});
  };
  for (const std::string& hook : filter.hooks) {
    enter(hook);
    while (!stack.empty()) {
      Visit& top = stack.back();
      const auto& rules = filter.chains[top.chain].rules;
      while (top.rule < rules.size() && !leaves(rules[top.rule])) ++top.rule;
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

}  // namespace egressc::readers
