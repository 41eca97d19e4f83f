// What rulesets say of a question, rule by rule.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/explain.h"
#include "egressc/filter.h"
#include "intake/operand.h"

namespace egressc {

// One flow on its way through one ruleset.
struct RulesetWay {
  std::string file;
  FlowPoint flow;
  Ruling ruling = Ruling::undecided;  // never partly
  Trace trace;
};

struct RulesetAnswer {
  Ruling ruling = Ruling::undecided;
  std::vector<RulesetWay> ways;
  std::vector<std::string> notes;
};

Ruling ruling_of(const Ends& ends);

// The question has an address. Where it leaves the user or the group open and that matters, a way that is allowed and
// one that is not are shown. Throws std::length_error where FlowSpace does.
RulesetAnswer explain_rulesets(std::span<const ReadRuleset> rulesets, const FlowQuestion& question);

// "policy.v4:12: u1001: accept: -A u1001 -d 198.51.100.7 -j ACCEPT" for each step, behind `indent`.
std::string trace_text(const Trace& trace, std::string_view indent);
std::string ruleset_answer_text(const RulesetAnswer& answer, std::string_view question, bool color);
std::string ruleset_answer_json(const RulesetAnswer& answer, std::string_view question);

}  // namespace egressc
