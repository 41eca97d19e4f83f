// How chains lead to each other, and the order in which they can be evaluated: every chain after those it jumps to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "egressc/filter.h"

namespace egressc::readers {

inline constexpr std::size_t no_chain = static_cast<std::size_t>(-1);

class ChainIndex {
 public:
  explicit ChainIndex(const std::vector<FilterChain>& chains);
  // no_chain if there is none of that name.
  std::size_t find(std::string_view name) const;
  // Why a rule that leads to `target` may do anything: there is no such chain, or it is not evaluated yet.
  std::string why_unknown(const std::string& target) const;

 private:
  std::unordered_map<std::string_view, std::size_t> index_;
};

inline bool leads_on(const FilterRule& rule) { return rule.verdict == Verdict::jump || rule.verdict == Verdict::go; }

// The chains that `hooks` lead to. Where chains loop, the one that closes the loop comes before a chain it jumps to.
std::vector<std::size_t> callees_first(const Filter& filter, const ChainIndex& index,
                                       const std::vector<std::string>& hooks);

// Whether evaluation may leave a rule undecided. False: all of them are understood, and lead to chains before them.
bool may_be_undecided(const Filter& filter);

// Of `hooks`, which are base chains of nat, those that drop or rewrite something, or lead to a chain that may.
std::vector<std::string> hooks_that_decide(const Filter& filter, const std::vector<std::string>& hooks);

}  // namespace egressc::readers
