// The day for which a policy is read.
#pragma once

#include <optional>

#include "egressc/policy.h"

namespace egressc {

// That of `now`, or of the clock: but only for a policy in which it matters.
std::optional<CivilDate> today_for(const Policy& policy, std::optional<Micros> now);

}  // namespace egressc
