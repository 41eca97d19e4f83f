// Sets of numbers of up to 128 bits: ids, protocols, addresses, ports.
#pragma once

#include <vector>

namespace egressc::readers {

__extension__ typedef unsigned __int128 Number;

// Inclusive.
struct Range {
  Number first = 0;
  Number last = 0;
  bool operator==(const Range&) const = default;
};

// Ascending, disjoint and not touching.
using Ranges = std::vector<Range>;

// The union of any ranges. Those whose last lies before their first hold nothing.
Ranges ranges_of(std::vector<Range> any);
Ranges intersection(const Ranges& a, const Ranges& b);
// What of 0 to `last` is not in `ranges`.
Ranges complement(const Ranges& ranges, Number last);

}  // namespace egressc::readers
