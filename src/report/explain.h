// The answers of explain, for a person and for a script.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "egressc/explain.h"
#include "egressc/observation.h"

namespace egressc {

// `question` as it was asked; `file` is the policy's.
std::string answer_text(const Answer& answer, std::string_view question, const std::string& file, bool color);
// Ids that `asked` leaves open, and on which nothing depends, are left out.
std::string answer_json(const Answer& answer, const FlowQuestion& asked, std::string_view question,
                        const std::string& file);

// "policy.v4:12: u1001: accept: -A u1001 -d 198.51.100.7 -j ACCEPT" for each step, behind `indent`.
std::string trace_text(const Trace& trace, std::string_view indent);
std::string ruleset_answer_text(const RulesetAnswer& answer, std::string_view question, bool color);
std::string ruleset_answer_json(const RulesetAnswer& answer, std::string_view question);

// `verbose` lists what is allowed, too.
std::string replay_text(const Replay& replay, bool verbose, bool color);
// With the names of logs that any local user can have written lines of.
std::string replay_json(const Replay& replay, std::span<const Observations> logs);

}  // namespace egressc
