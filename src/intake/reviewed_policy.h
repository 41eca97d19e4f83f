// The policy that a person has reviewed: what apply and rehearse take, and nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"
#include "egressc/policy.h"
#include "intake/policy_file.h"

namespace egressc {

// As read_policy_file(), but a log or a ruleset is an error that says how it becomes a policy for `command`.
Result<std::optional<PolicyFile>> read_reviewed_policy(const std::string& word, std::string_view command,
                                                       const UserIds* users, Diagnostics& diagnostics);

// The users of this host, for `uid: NAME`; none where /etc/passwd cannot be read.
UserIds host_users();

}  // namespace egressc
