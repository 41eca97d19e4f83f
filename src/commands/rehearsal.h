// A policy rehearsed in the dialects that were asked for.
#pragma once

#include <optional>

#include "cli/options.h"
#include "egressc/diagnostics.h"
#include "egressc/policy.h"
#include "kernel/kernel.h"
#include "rehearse/rehearse.h"

namespace egressc::commands {

// Compiles `policy`, which is valid, to `options.dialect` and tries what comes out. nullopt: errors were added, since a
// dialect cannot say it; a Failure if the kernel cannot be asked. Throws std::length_error where FlowSpace does.
Result<std::optional<PolicyRehearsal>> rehearse_policy(const Policy& policy, std::optional<CivilDate> today,
                                                       const RehearseOptions& options, Kernel& kernel,
                                                       Diagnostics& diagnostics);

}  // namespace egressc::commands
