// Which of many sets of flows lie within the union of the others.
#pragma once

#include <vector>

#include "egressc/flow_space.h"

namespace egressc {

struct Coverable {
  FlowSpace flows;
  bool asked = true;   // whether it is to be found out for this one
  bool covers = true;  // whether it counts among the others
};

// For each, whether it is asked for and the others that cover hold all its flows. Divides and conquers: what the sets
// outside a range have in common with those in it is computed once for the range, so n sets cost about n log n.
std::vector<char> covered(std::vector<Coverable>& sets);

}  // namespace egressc
