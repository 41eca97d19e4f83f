// From a policy to what is put into the kernel.
#pragma once

#include <optional>
#include <string>

#include "commands/change.h"
#include "commands/policy_file.h"
#include "egressc/diagnostics.h"
#include "egressc/live.h"
#include "egressc/result.h"

namespace egressc {

// Lowered with this tag (ruleset.h), printed, and proved equal to the policy. `file` is where the policy was read from,
// absolute, for the record;
// "" for nowhere. nullopt: errors were added; a Failure if the proof fails.
Result<std::optional<Target>> target_of(PolicyFile policy, const std::string& file, std::optional<CivilDate> today,
                                        const std::string& tag, LiveMarkers& markers, Diagnostics& diagnostics);

}  // namespace egressc
