// `to` and `except` of a guard.
#pragma once

#include "egressc/guard.h"
#include "model/policy_input.h"

namespace egressc {

// A name, "*.name", an address, a prefix, a word for a group of addresses, or a list of those. `what` is the key.
void read_places(const PolicyInput& input, NodeId node, std::string_view what, GuardPlaces& places);

}  // namespace egressc
