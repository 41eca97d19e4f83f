// Sets of ports: sorted ranges that neither overlap nor touch.
#pragma once

#include <vector>

#include "egressc/address.h"

namespace egressc::lowering {

using Ports = std::vector<PortRange>;

// Appends `range` to ports whose ranges begin no later than it does.
void append(Ports& ports, PortRange range);
// What is in `ports` and not in `taken`. Adds to `cuts` how often a range had to be cut.
Ports without(const Ports& ports, const Ports& taken, std::size_t& cuts);

}  // namespace egressc::lowering
