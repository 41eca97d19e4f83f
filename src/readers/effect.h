// What a stretch of rules may do to a packet.
#pragma once

#include <vector>

#include "egressc/flow_space.h"

namespace egressc::readers {

// The packets that a choice of the undecided matches leads to each end. Every packet is in one at least, and without
// undecided rules in one exactly.
struct Effect {
  FlowSpace accepted;
  FlowSpace dropped;
  FlowSpace returned;                   // left the chain: RETURN, or the end of a chain gone to
  FlowSpace passed = FlowSpace::all();  // go on to what follows the stretch
};

// `first`, and then `second` with what passed.
Effect then(const Effect& first, const Effect& second);
// All of them in order. By halves, so that no large set is rebuilt for each small one.
Effect sequence(std::vector<Effect> effects);

}  // namespace egressc::readers
