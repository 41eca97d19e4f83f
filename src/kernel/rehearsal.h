// A ruleset tried with real packets.
#pragma once

#include "egressc/kernel.h"
#include "egressc/result.h"

namespace egressc::kernel {

// As Kernel::rehearse().
Result<Rehearsal> rehearse(const RehearsalOrder& order);

}  // namespace egressc::kernel
