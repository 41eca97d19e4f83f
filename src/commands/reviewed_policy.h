// The policy of a command that takes none but one which a person can have reviewed.
#pragma once

#include <optional>
#include <string>

#include "commands/policy_file.h"
#include "egressc/diagnostics.h"
#include "egressc/policy.h"
#include "egressc/result.h"

namespace egressc {

// As read_policy_file(). A log is an error, and its hint is the command that makes a policy of it.
Result<std::optional<PolicyFile>> read_reviewed_policy(const std::string& word, const UserIds* users,
                                                       Diagnostics& diagnostics);

}  // namespace egressc
