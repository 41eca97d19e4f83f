// Who can hold a grant.
#pragma once

#include "egressc/observation.h"
#include "egressc/policy.h"

namespace egressc {

// The ids of a packet that a socket made; one that no socket made has no_id twice.
inline constexpr IdRange every_id{0, no_id - 1};

}  // namespace egressc
