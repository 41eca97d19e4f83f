#include "lower/ports.h"

#include <algorithm>

namespace egressc::lowering {

void append(Ports& ports, PortRange range) {
  if (!ports.empty() && range.first <= ports.back().last + 1)
    ports.back().last = std::max(ports.back().last, range.last);
  else
    ports.push_back(range);
}

Ports without(const Ports& ports, const Ports& taken, std::size_t& cuts) {
  Ports rest;
  for (const PortRange& range : ports) {
    auto cut =
        std::partition_point(taken.begin(), taken.end(), [&](const PortRange& t) { return t.last < range.first; });
    int first = range.first;  // may end one beyond the last port
    for (; cut != taken.end() && cut->first <= range.last; ++cut, ++cuts) {
      if (first < cut->first)
        rest.push_back({static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(cut->first - 1)});
      first = cut->last + 1;
    }
    if (first <= range.last) rest.push_back({static_cast<std::uint16_t>(first), range.last});
  }
  return rest;
}

}  // namespace egressc::lowering
