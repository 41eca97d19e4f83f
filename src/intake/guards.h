// --guard: files that say what may ever be granted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "egressc/ceiling.h"
#include "egressc/diagnostics.h"
#include "lint/lint.h"

namespace egressc {

// All guards as one, with a note where the system's is one of them: it is not on the command line. `users` as for
// read_policy(). nullopt: there are errors; a Failure if a file cannot be read.
Result<std::optional<Ceiling>> read_guards(const GuardOptions& options, const UserIds* users, Diagnostics& diagnostics);

// Errors for what is beyond the ceiling in a policy that a person wrote: resolvers, and grants that have a place in a
// file. A warning where live names may come to mean addresses that are never granted.
void refuse_excess(const Policy& policy, const Ceiling& ceiling, Diagnostics& diagnostics);

// Where subjects have grants: a warning of each guard that limits none of them, and a note that names those that no
// guard limits.
void tell_unlimited(const Policy& policy, const Ceiling& ceiling, Diagnostics& diagnostics);

// What refuse_excess() says as findings of `check`. `file` is for what has no place of its own.
std::vector<Finding> guard_findings(const Policy& policy, const std::string& file, const Ceiling& ceiling);

// The flows that the policy opens beyond the ceiling, for a person; "" where it is proved that there are none.
std::string beyond_guard(const Policy& policy, const Ceiling& ceiling);

}  // namespace egressc
