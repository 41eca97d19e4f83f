// Boxes of one subject as lines for a person.
#pragma once

#include <span>
#include <vector>

#include "compare/name_index.h"
#include "egressc/compare.h"

namespace egressc::comparing {

// Ids do not count: they are the same for all of `boxes`. What `names` does not know may be a marker.
std::vector<FlowLine> lines_of(std::span<const FlowBox> boxes, const NameIndex& names, const NameIndex& markers);

}  // namespace egressc::comparing
