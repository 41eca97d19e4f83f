// Whose a learnt subject is in a policy.
#pragma once

#include <optional>

#include "egressc/policy.h"

namespace egressc {

// The subject of the policy that governs the learnt one, which is one user, and one group or an unknown one: its
// number, or nullopt.
std::optional<std::size_t> governing(const Policy& policy, const Subject& learnt);

// A subject that may stand in the policy beside the others for the learnt one; nullopt where there is none, because it
// is not known, or cannot be said, which group it is.
std::optional<Subject> subject_beside(const Policy& policy, const Subject& learnt, bool by_gid);

// "uid 1001", "uid 1001, gid 7".
std::string who(const Subject& learnt);

}  // namespace egressc
