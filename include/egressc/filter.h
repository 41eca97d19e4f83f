// A packet filter as a value, whatever dialect it was read from, and the flows it lets through.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/flow_space.h"

namespace egressc {

// reject is drop; none is what goes on to the next rule (a log, a counter).
enum class Verdict : std::uint8_t { accept, drop, jump, go, ret, none };

// least is what the rule surely matches, most what it possibly matches: equal where the rule is fully understood.
struct FilterRule {
  FlowSpace least;
  FlowSpace most;
  Verdict verdict = Verdict::none;
  std::string target;  // a chain, of jump and go; a name that is no chain may do anything
  std::string text;
  Location where;
  std::string undecided;  // why least and most differ, or why the target is not understood
};

struct FilterChain {
  std::string name;
  std::vector<FilterRule> rules;
  Verdict policy = Verdict::ret;  // accept or drop for base chains
};

struct Filter {
  std::vector<FilterChain> chains;  // names are unique
  std::vector<std::string> hooks;   // base chains on output, in the order the kernel visits them: all have to accept
};

// A rule that evaluation could not decide.
struct Undecided {
  Location where;
  std::string text;
  std::string why;
};

// least is what surely passes, most what possibly does. Without undecided rules they are equal.
struct Meaning {
  FlowSpace least;
  FlowSpace most;
  std::vector<Undecided> undecided;  // by chain, callees before callers
};

// What `filter` does with the packets of `universe` that open a flow (conntrack state NEW, original direction). A loop
// of chains is undecided. Throws std::length_error where FlowSpace does.
Meaning evaluate(const Filter& filter, const FlowSpace& universe);

}  // namespace egressc
