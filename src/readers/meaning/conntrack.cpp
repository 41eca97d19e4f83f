#include "readers/meaning/conntrack.h"

#include <array>
#include <initializer_list>
#include <utility>

#include "egressc/observation.h"

namespace egressc::readers {
namespace {

FlowBox icmp_box(Family family, unsigned first_type, unsigned last_type) {
  FlowBox box = protocol_box(family == Family::ipv4 ? ip_protocol::icmp : ip_protocol::icmpv6);
  box.addresses = family_box(family).addresses;
  box.ports = {static_cast<std::uint16_t>(first_type << 8), static_cast<std::uint16_t>(last_type << 8 | 255)};
  return box;
}

FlowSpace flows_of_types(Family family, std::initializer_list<std::pair<unsigned, unsigned>> types) {
  std::vector<FlowBox> boxes;
  for (const auto& [first, last] : types) boxes.push_back(icmp_box(family, first, last));
  return FlowSpace::from_boxes(boxes);
}

// Boxes, since sets of flows belong to one thread.
std::array<std::vector<FlowBox>, tracked_kinds> boxes_by_kind() {
  const FlowSpace icmp = flows_of_types(Family::ipv4, {{0, 255}}) | flows_of_types(Family::ipv6, {{0, 255}});
  const FlowSpace opening = flows_of_types(Family::ipv4, {{8, 8}, {13, 13}, {15, 15}, {17, 17}}) |
                            flows_of_types(Family::ipv6, {{128, 128}, {139, 139}});
  const FlowSpace untracked = flows_of_types(Family::ipv6, {{130, 136}, {143, 143}});
  const FlowSpace others = icmp - opening - untracked;
  return {(~icmp | opening).boxes(), untracked.boxes(), others.boxes()};
}

}  // namespace

const std::vector<FlowBox>& boxes_of(TrackedKind kind) {
  static const auto made = boxes_by_kind();
  return made[static_cast<std::size_t>(kind)];
}

std::uint32_t states_of(TrackedKind kind, bool some_untracked) {
  const std::uint32_t besides = some_untracked ? std::uint32_t{state_untracked} : 0;
  switch (kind) {
    case TrackedKind::opens:
      return state_new | besides;
    case TrackedKind::untracked:
      return state_untracked;
    case TrackedKind::invalid:
      return state_invalid | besides;
  }
  return 0;
}

FlowBounds flows_in_states(std::uint32_t states, bool some_untracked, bool is_early) {
  FlowBounds bounds;
  for (const TrackedKind kind : {TrackedKind::opens, TrackedKind::untracked, TrackedKind::invalid}) {
    const std::uint32_t early = state_invalid | (some_untracked ? std::uint32_t{state_untracked} : 0);
    const std::uint32_t possible = is_early ? early : states_of(kind, some_untracked);
    if ((possible & states) == 0) continue;
    const FlowSpace flows = FlowSpace::from_boxes(boxes_of(kind));
    bounds.most |= flows;
    if ((possible & ~states) == 0)
      bounds.least |= flows;
    else
      bounds.why = by_tracking;
  }
  return bounds;
}

}  // namespace egressc::readers
