// Rulesets as the judge of a replay.
#pragma once

#include <span>

#include "intake/operand.h"
#include "report/replay.h"

namespace egressc {

// `rulesets` have to outlive it. Throws std::length_error where FlowSpace does.
ReplayJudge ruleset_judge(std::span<const ReadRuleset> rulesets);

}  // namespace egressc
