#include "readers/ranges.h"

#include <algorithm>

namespace egressc::readers {

Ranges ranges_of(std::vector<Range> any) {
  any.erase(std::remove_if(any.begin(), any.end(), [](const Range& range) { return range.first > range.last; }),
            any.end());
  std::sort(any.begin(), any.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  Ranges made;
  for (const Range& range : any) {
    // first - 1: last + 1 could overflow, and where first is 0 the one before begins at 0 too
    if (!made.empty() && (range.first <= made.back().last || range.first - 1 == made.back().last))
      made.back().last = std::max(made.back().last, range.last);
    else
      made.push_back(range);
  }
  return made;
}

Ranges intersection(const Ranges& a, const Ranges& b) {
  Ranges made;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const Range both{std::max(a[i].first, b[j].first), std::min(a[i].last, b[j].last)};
    if (both.first <= both.last) made.push_back(both);
    if (a[i].last < b[j].last)
      ++i;
    else
      ++j;
  }
  return made;
}

Ranges complement(const Ranges& ranges, Number last) {
  Ranges made;
  Number next = 0;
  for (const Range& range : ranges) {
    if (range.first > next) made.push_back({next, range.first - 1});
    if (range.last >= last) return made;
    next = range.last + 1;
  }
  made.push_back({next, last});
  return made;
}

}  // namespace egressc::readers
