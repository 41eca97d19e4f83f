// Chains of type nat, which may drop packets besides.
#pragma once

#include <string>
#include <vector>

#include "egressc/filter.h"

namespace egressc::readers {

// Those of the base chains that drop something, or lead to a chain that does.
std::vector<std::string> hooks_that_may_drop(const Filter& filter);

}  // namespace egressc::readers
