// Inputs whose times do not fit together.
#pragma once

#include <span>

#include "egressc/diagnostics.h"
#include "egressc/observation.h"

namespace egressc {

// Warns of times without a year or a boot time, and of resolvers' logs that cover none of the connections.
void warn_of_times(std::span<const Observations> inputs, Diagnostics& diagnostics);

}  // namespace egressc
