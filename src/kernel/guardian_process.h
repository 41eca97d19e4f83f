// A process that outlives who started it.
#pragma once

#include "egressc/diagnostics.h"
#include "kernel/owned_fd.h"

namespace egressc::kernel {

// For a process that setsid(2) and a fork have just made, with all signals blocked. Every descriptor is closed but
// `link`, which becomes the returned one; signals that can be ignored are, and the memory killer is asked to pass.
Result<OwnedFd> become_guardian(int link);

}  // namespace egressc::kernel
