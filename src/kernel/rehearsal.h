// A ruleset tried with real packets.
#pragma once

#include "kernel/kernel.h"
#include "egressc/diagnostics.h"

namespace egressc::kernel {

// As Kernel::rehearse().
Result<Rehearsal> rehearse(const RehearsalOrder& order);

}  // namespace egressc::kernel
