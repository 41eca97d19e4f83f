// Taking the change back.
#pragma once

#include <chrono>

#include "kernel/guardian/guardian.h"
#include "kernel/owned_fd.h"

namespace egressc::kernel {

// Loads what order.undo() says, and tries again for some seconds if that fails: memory may be short, or another
// transaction under way. `armed` is the since_boot() of arm().
Result<Done> undo(const GuardianOrder& order, std::chrono::nanoseconds armed);

}  // namespace egressc::kernel
