// What a policy lets through, straight from the policy: what every lowered and printed form of it is compared with.
#pragma once

#include <optional>

#include "egressc/flow_space.h"
#include "egressc/live.h"
#include "egressc/policy.h"

namespace egressc {

// The flows a packet filter can meet: a packet has the two ids of its socket, or none was made for it and it has
// neither.
FlowSpace possible_flows();
// Those of one family, which a ruleset for iptables speaks of.
FlowSpace possible_flows(Family family);

// Every possible flow that the policy allows to open; packets of a connection that is open already are no part of it. A
// name is the addresses it lists, and a live one its marker besides, where `markers` are given. Grants whose `expires`
// lies before `today` are left out. The policy must be valid. Of the baseline there is `loopback` alone: no other word
// of it can be said exactly in flows.
FlowSpace flows_of(const Policy& policy, std::optional<CivilDate> today, LiveMarkers* markers = nullptr);

// What of it the grants and resolvers open to the subjects, whatever `mode` says.
FlowSpace granted_flows(const Policy& policy, std::optional<CivilDate> today, LiveMarkers* markers = nullptr);

// Every flow that the grant alone lets a subject open, for whatever ids, until it expires. A name is the addresses it
// lists.
FlowSpace flows_of(const Grant& grant);

// What the rest of the baseline may allow besides, at most: its rules ask for more than a flow has, such as a hop
// limit, so a ruleset allows some of these flows.
FlowSpace baseline_flows(const Policy& policy);
// What of it a ruleset allows whole: the kernel's own ICMP errors.
FlowSpace baseline_flows_at_least(const Policy& policy);

}  // namespace egressc
