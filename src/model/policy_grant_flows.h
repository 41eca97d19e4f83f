// The flows that a policy's grants and resolvers open.
#pragma once

#include <optional>

#include "egressc/flow_space.h"
#include "egressc/live.h"
#include "egressc/policy.h"

namespace egressc {

// The ids of a packet that a socket made; one that no socket made has no_id twice.
inline constexpr IdRange every_id{0, no_id - 1};

// As flows_of().
FlowSpace granted_flows(const Policy& policy, std::optional<CivilDate> today, LiveMarkers* markers);

}  // namespace egressc
