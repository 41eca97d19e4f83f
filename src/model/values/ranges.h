// Lists of inclusive ranges of numbers: ids, ports.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace egressc {

// Sorts them; those that overlap or touch become one.
template <typename Range>
void join_ranges(std::vector<Range>& ranges) {
  std::sort(ranges.begin(), ranges.end());
  std::size_t kept = 0;
  for (const Range& range : ranges) {
    if (kept != 0 && range.first <= std::uint64_t{ranges[kept - 1].last} + 1)
      ranges[kept - 1].last = std::max(ranges[kept - 1].last, range.last);
    else
      ranges[kept++] = range;
  }
  ranges.resize(kept);
}

}  // namespace egressc
