#include "readers/nft_json_nat.h"

#include <algorithm>

#include "readers/chain_order.h"

namespace egressc::readers {

std::vector<std::string> hooks_that_may_drop(const Filter& filter) {
  const ChainIndex index(filter.chains);
  std::vector<bool> drops(filter.chains.size());
  const auto may_drop = [&](const FilterRule& rule) {
    const std::size_t target = index.find(rule.target);
    return rule.verdict == Verdict::drop || (target != no_chain && drops[target]);
  };
  for (const std::size_t chain : callees_first(filter, index)) {
    const auto& rules = filter.chains[chain].rules;
    drops[chain] = filter.chains[chain].policy == Verdict::drop || std::any_of(rules.begin(), rules.end(), may_drop);
  }
  std::vector<std::string> names;
  for (const std::string& hook : filter.hooks)
    if (drops[index.find(hook)]) names.push_back(hook);
  return names;
}

}  // namespace egressc::readers
