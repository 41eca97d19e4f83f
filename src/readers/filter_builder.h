// A filter of xtables, chain by chain.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "egressc/filter.h"

namespace egressc::readers {

class FilterBuilder {
 public:
  // Adds an empty chain, or, where there is one of this name, sets its policy.
  void declare(std::string name, Verdict policy);
  bool has(const std::string& name) const { return index_.count(name) != 0; }
  void append(const std::string& chain, FilterRule rule);
  // Before the first rule.
  void insert(const std::string& chain, FilterRule rule);
  Filter finish(std::vector<std::string> hooks);

 private:
  Filter filter_;
  std::vector<std::vector<FilterRule>> inserted_;  // by chain, the latest last
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace egressc::readers
