// A policy file, read by its name; and the users of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"
#include "egressc/policy.h"
#include "support/input.h"

namespace egressc {

// Whether a text that begins with `head` is meant to be a policy: its first key says so.
bool looks_like_policy(std::string_view head);

struct PolicyFile {
  std::string name;  // as locations have it: "stdin" for "-"
  std::string text;
  Policy policy;
};

// The rest of an input that is a policy. `name` and `users` as in read_policy(). A policy over 64 MiB is a Failure;
// nullopt: errors were added.
Result<std::optional<PolicyFile>> read_policy_file(LineInput input, const std::string& name, const UserIds* users,
                                                   Diagnostics& diagnostics);

// The same from a path, "policy:path", or "-".
Result<std::optional<PolicyFile>> read_policy_file(const std::string& word, const UserIds* users,
                                                   Diagnostics& diagnostics);

// The policy that a person has reviewed, as apply and rehearse take it: as read_policy_file(), but a log or a ruleset
// is an error that says how it becomes a policy for `command`.
Result<std::optional<PolicyFile>> read_reviewed_policy(const std::string& word, std::string_view command,
                                                       const UserIds* users, Diagnostics& diagnostics);

// The users of this host, for `uid: NAME`; none where /etc/passwd cannot be read.
UserIds host_users();
// Those of the file --passwd names, or of this host.
Result<UserIds> users_of(const std::optional<std::string>& passwd, Diagnostics& diagnostics);

}  // namespace egressc
