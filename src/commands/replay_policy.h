// A policy as the judge of a replay.
#pragma once

#include <optional>

#include "report/replay.h"

namespace egressc {

// `policy` has to outlive it. Throws std::length_error where FlowSpace does.
ReplayJudge policy_judge(const Policy& policy, std::optional<CivilDate> today);

}  // namespace egressc
