// What judges in a replay.
#pragma once

#include <optional>
#include <span>

#include "intake/operand.h"
#include "report/replay.h"

namespace egressc::commands {

// `policy` has to outlive it. Throws std::length_error where FlowSpace does.
ReplayJudge policy_judge(const Policy& policy, std::optional<CivilDate> today);

// `rulesets` have to outlive it. Throws std::length_error where FlowSpace does.
ReplayJudge ruleset_judge(std::span<const ReadRuleset> rulesets);

}  // namespace egressc::commands
