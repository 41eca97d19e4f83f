// Lists of prefixes.
#pragma once

#include <vector>

#include "egressc/address.h"

namespace egressc::lowering {

// Sorts, and drops every prefix that another one contains.
void drop_contained(std::vector<Prefix>& prefixes);

}  // namespace egressc::lowering
