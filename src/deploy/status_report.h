// What runs in a network namespace, and what the state directory knows of it.
#pragma once

#include <string>

#include "egressc/diagnostics.h"
#include "kernel/kernel.h"
#include "report/status.h"

namespace egressc {

// `policy_word` is the policy to compare with; "" for the one that was applied. What cannot be told stays unknown, and
// errors say why. A Failure if the kernel or the state directory cannot be read.
Result<StatusReport> report_status(Kernel& kernel, const std::string& netns, const std::string& state_directory,
                                   const std::string& policy_word, Diagnostics& diagnostics);

}  // namespace egressc
