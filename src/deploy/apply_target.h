// From a policy to what is put into the kernel.
#pragma once

#include <optional>
#include <string>

#include "deploy/change.h"
#include "egressc/diagnostics.h"
#include "intake/policy_file.h"

namespace egressc {

// Lowered with this tag (ruleset.h) and printed. `file` is where the policy was read from, absolute, for the record; ""
// for nowhere. nullopt: errors were added.
std::optional<Target> target_of(PolicyFile policy, const std::string& file, std::optional<CivilDate> today,
                                const std::string& tag, Diagnostics& diagnostics);

}  // namespace egressc
