// From what counts to what is granted.
#pragma once

#include <cstddef>
#include <vector>

#include "model/values/counters.h"
#include "usage/cells.h"

namespace egressc::counting {

// What one grant, or the resolvers, open of a subject's cells; ascending and disjoint.
using Claim = std::vector<Interval>;
Claim claim_of(const Cells& cells, const std::vector<Place>& openings);

struct Share {
  Count count;
  bool is_shared = false;
  bool is_loaded = false;
};

// A share for each claim.
std::vector<Share> shares_of(const Cells& cells, const std::vector<Claim>& claims);

}  // namespace egressc::counting
