// The markers that stand for what fills a live set.
#pragma once

#include <string_view>
#include <vector>

#include "egressc/readers.h"

namespace egressc::readers {

// Of the set `name`: those of the names that `live` gives it, or of `label`. `live` has markers.
std::vector<Address> markers_of(std::string_view name, std::string_view label, Family family, const LiveNames& live);

}  // namespace egressc::readers
