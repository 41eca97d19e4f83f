// Translation validation: the printed text is read back by a reader that knows nothing of the lowering, and what it
// lets through is compared with what the policy does.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "egressc/diagnostics.h"
#include "kernel/kernel.h"
#include "prove/dialects.h"

namespace egressc {

// What differs, for a person, by dialect; "" where every text lets through exactly what the policy does. Sets are read
// with the rules that look them up, and what a resolver is told with the rules whose sets it fills: it may let through
// what is below the policy's live names besides. `beside` holds those of them that are not among `files`. Policies
// among the files are passed over: they are no rulesets.
std::string differences(std::span<const PrintedFile> files, const Policy& policy, std::optional<CivilDate> today,
                        std::span<const PrintedFile> beside = {}, Dialects rows = dialects());

// The same as the kernel has it. A ruleset that it refuses is an error; one that is too large for it without root is
// read as differences() does, and a warning says so. So are sets and what a resolver is told. A Failure if it cannot be
// asked.
Result<std::string> kernel_differences(std::span<const PrintedFile> files, const Policy& policy,
                                       std::optional<CivilDate> today, Kernel& kernel, Diagnostics& diagnostics,
                                       std::span<const PrintedFile> beside = {}, Dialects rows = dialects());

}  // namespace egressc
