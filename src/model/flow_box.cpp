#include <algorithm>

#include "egressc/flow_space.h"

namespace egressc {
namespace {

template <typename Range>
Range overlap(const Range& a, const Range& b) {
  return {std::max(a.first, b.first), std::min(a.last, b.last)};
}

// A range that holds nothing, where the two are of different families.
AddressRange overlap(const std::optional<AddressRange>& a, const std::optional<AddressRange>& b) {
  if (!a || !b) return a ? *a : *b;
  return {std::max(a->first, b->first), std::min(a->last, b->last)};
}

}  // namespace

FlowBox single(const FlowPoint& point) {
  return {{point.uid, point.uid},           {point.gid, point.gid},           point.loopback,
          {point.protocol, point.protocol}, AddressRange{point.to, point.to}, {point.port, point.port}};
}

bool holds_nothing(const FlowBox& box) {
  const auto& addresses = box.addresses;
  return box.uids.first > box.uids.last || box.gids.first > box.gids.last || box.protocols.first > box.protocols.last ||
         box.ports.first > box.ports.last ||
         (addresses && (addresses->first.family != addresses->last.family || addresses->first > addresses->last));
}

FlowBox intersection(const FlowBox& a, const FlowBox& b) {
  FlowBox both{overlap(a.uids, b.uids),
               overlap(a.gids, b.gids),
               a.loopback ? a.loopback : b.loopback,
               overlap(a.protocols, b.protocols),
               std::nullopt,
               overlap(a.ports, b.ports)};
  if (a.addresses || b.addresses) both.addresses = overlap(a.addresses, b.addresses);
  if (a.loopback && b.loopback && *a.loopback != *b.loopback) both.ports = {1, 0};
  return both;
}

}  // namespace egressc
