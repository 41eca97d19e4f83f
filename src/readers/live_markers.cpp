#include "readers/live_markers.h"

namespace egressc::readers {

std::vector<Address> markers_of(std::string_view name, std::string_view label, Family family, const LiveNames& live) {
  if (live.filled == nullptr) return {live.markers->marker(label, family)};
  std::vector<Address> markers;
  const auto found = live.filled->find(name);
  if (found == live.filled->end()) return markers;
  for (const Filling& filling : found->second)
    if (family == Family::ipv4 ? filling.ipv4 : filling.ipv6)
      markers.push_back(live.markers->marker(filling.label, family));
  return markers;
}

}  // namespace egressc::readers
