// Filters by hand, over ports alone.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "egressc/filter.h"

namespace filter_tests {

using namespace egressc;

inline FlowSpace ports(unsigned first, unsigned last) {
  FlowBox box;
  box.ports = {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
  return FlowSpace(box);
}

inline FilterRule rule(const FlowSpace& match, Verdict verdict, std::string target = {}) {
  FilterRule made;
  made.least = match;
  made.most = match;
  made.verdict = verdict;
  made.target = std::move(target);
  return made;
}

inline FilterRule maybe(const FlowSpace& match, Verdict verdict, std::string target = {}) {
  FilterRule made = rule(match, verdict, std::move(target));
  made.least = {};
  made.undecided = "a test";
  return made;
}

inline Filter filter(Verdict policy, std::vector<FilterRule> rules, std::vector<FilterChain> others = {}) {
  others.push_back({"OUT", std::move(rules), policy});
  return {std::move(others), {"OUT"}};
}

}  // namespace filter_tests
