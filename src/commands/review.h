// What a reviewer of a policy should see, for `check`, and for `apply`, which asks for it first.
#pragma once

#include <string>
#include <vector>

#include "egressc/diagnostics.h"
#include "intake/guards.h"
#include "intake/policy_file.h"
#include "lint/lint.h"

namespace egressc::commands {

inline constexpr std::size_t most_of_a_kind = 10;  // that are shown of a file

// What `check` finds, with what is beyond the guards, in the order of places. What does not fit: see
// within_flow_limit().
std::vector<Finding> review(const PolicyFile& file, LintOptions options, const Ceiling& ceiling);

// The errors among them. Those whose id was accepted are warnings; the others say how that is done.
std::vector<Finding> errors_of(const PolicyFile& file, LintOptions options, const Ceiling& ceiling,
                               const std::vector<std::string>& accepted);

// An error where no subject is there to be governed: a ruleset of it would deny nothing, and look as if it did.
void refuse_nobody(const Policy& policy, Diagnostics& diagnostics);

}  // namespace egressc::commands
