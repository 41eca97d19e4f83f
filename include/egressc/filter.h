// A packet filter as a value, whatever dialect it was read from: the flows it lets through, and the way of one flow
// through it.
#pragma once

#include <cstdint>
#include <span>
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
  // It may give the packet another destination (DNAT), which the base chains behind nat see.
  bool rewrites = false;
  bool copies = false;  // it may send a copy, which no rule about its user or its connection holds (TEE, dup)
  // What tells it from other rules: its text, and what that refers to holds, such as the elements of sets. "": `text`.
  // Only rules of a filter that may be undecided have one.
  std::string identity = {};
};

struct FilterChain {
  std::string name;
  std::vector<FilterRule> rules;
  Verdict policy = Verdict::ret;  // accept or drop for base chains
  bool is_behind_nat = false;     // of base chains: they see the destinations that nat has made
};

struct Filter {
  std::vector<FilterChain> chains;  // names are unique
  std::vector<std::string> hooks;   // base chains on output, in the order the kernel visits them: all have to accept
};

// A ruleset and the flows it speaks of: one for iptables, those of IPv4.
struct ReadRuleset {
  std::string file;  // as locations have it
  Filter filter;
  FlowSpace universe;
};

// A rule that evaluation could not decide.
struct Undecided {
  Location where;
  std::string text;
  std::string why;
};

// The flows that rules may send elsewhere than where they were going, or send a copy of, and those rules.
struct Rewriting {
  FlowSpace flows;
  FlowSpace copies;
  std::vector<Undecided> rules;
  bool empty() const { return flows.empty() && copies.empty(); }
};
// All that is loaded together sees what one ruleset rewrites.
Rewriting rewriting_of(std::span<const ReadRuleset> rulesets);

// What a base chain does besides with flows whose destination is another before nat, or behind it, and with copies.
struct BesidesByNat {
  FlowSpace accepted;
  FlowSpace dropped;
};

// least is what surely passes, most what possibly does. Without undecided rules they are equal.
struct Meaning {
  FlowSpace least;
  FlowSpace most;
  std::vector<Undecided> undecided;  // by chain, callees before callers
  // Of the base chains that lead to undecided rules: a hash of all that their outcome depends on.
  std::vector<std::string> doubts = {};
  std::vector<BesidesByNat> by_nat = {};     // for each of Filter::hooks; empty where nothing is rewritten
  std::vector<Undecided> rewriting_by = {};  // then: the rules that do
};

// What `filter` does with the packets of `universe` that open a flow (conntrack state NEW where there is one, original
// direction). A loop of chains is undecided. So is what `nat` may rewrite, unless it is denied wherever it goes, and
// what it may rewrite something to; what is copied is not surely denied. What does not fit: see within_flow_limit().
Meaning evaluate(const Filter& filter, const FlowSpace& universe, const Rewriting& nat = {});
// Each in its own universe.
std::vector<Meaning> evaluate(std::span<const ReadRuleset> rulesets);

// What may become of a packet at the end of a rule, a chain or a filter; several only where something is undecided.
struct Ends {
  bool accepted = false;
  bool dropped = false;
  bool passed = false;  // it goes on to what follows; never the end of a whole filter
  bool operator==(const Ends&) const = default;
};

// A rule on the way: one that jumps, one that returns, one that is undecided, or the one that decides. Chains that the
// packet only passes through are left out.
struct TraceStep {
  std::string chain;
  Location where;
  std::string text;
  Verdict verdict = Verdict::none;
  std::string target;     // of jump and go
  std::string undecided;  // why it may match and may not, or why its target may do anything; "": it surely matches
  Ends ends;  // what becomes of the packet if the rule matches; accepted or dropped: the rest is not reached
};

// One base chain. With undecided rules the way is that of a packet which none of them matches, and which their targets,
// where those are not understood, let go on.
struct HookTrace {
  std::string chain;
  Ends ends;
  std::vector<TraceStep> steps;  // in the order the packet meets them
  bool by_policy = false;        // no rule decided: `policy` did
  Verdict policy = Verdict::accept;
};

// The way of one flow: which rule decides, and what led to it.
struct Trace {
  Ends ends;                     // accepted surely: every base chain accepts; dropped possibly: one of them may drop
  std::vector<HookTrace> hooks;  // in the order the kernel visits them; all have to accept
};

// Says of `flow` what evaluate() says of the filter, `with_nat` if it was given some: `ends.accepted` is whether
// Meaning::most holds it, `!ends.dropped` whether Meaning::least does. Takes time linear in the rules, however often
// chains jump to each other.
Trace trace(const Filter& filter, const FlowPoint& flow, const Meaning* with_nat = nullptr);

}  // namespace egressc
