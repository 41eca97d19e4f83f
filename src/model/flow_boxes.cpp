// A diagram to boxes. Each node has a list of boxes over the fields from its own on; a node's list is swept together
// from those of its edges: a box that neighbouring edges share is one box over the values of both.
#include <stdexcept>
#include <unordered_map>

#include "model/flow_arena.h"

namespace egressc {
namespace {

struct Open {
  FlowBox rest;
  FlowValue first;
};

void narrow(FlowBox& box, FlowField field, FlowValue first, FlowValue last) {
  switch (field) {
    case FlowField::uid:
      box.uids = {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last)};
      break;
    case FlowField::gid:
      box.gids = {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last)};
      break;
    case FlowField::loopback:
      box.loopback = first == 1;
      break;
    case FlowField::protocol:
      box.protocols = {static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(last)};
      break;
    case FlowField::family:
      if (!box.addresses) box.addresses = range_of(Prefix{{first == 1 ? Family::ipv6 : Family::ipv4, 0, 0}, 0});
      break;
    case FlowField::address4:
      box.addresses = {flow_address(Family::ipv4, first), flow_address(Family::ipv4, last)};
      break;
    case FlowField::address6:
      box.addresses = {flow_address(Family::ipv6, first), flow_address(Family::ipv6, last)};
      break;
    case FlowField::port:
      box.ports = {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
      break;
    case FlowField::end:
      break;
  }
}

class Lists {
 public:
  Lists(const FlowArena& arena, std::size_t max_boxes) : arena_(arena), room_(max_boxes) {
    lists_[flow_none];
    lists_[flow_all] = {FlowBox{}};
  }

  // The reference holds for the life of the object.
  std::vector<FlowBox>& of(FlowNode node) {
    if (const auto known = lists_.find(node); known != lists_.end()) return known->second;
    std::vector<FlowBox> list = sweep(node);
    std::sort(list.begin(), list.end());
    return lists_.emplace(node, std::move(list)).first->second;
  }

 private:
  std::vector<FlowBox> sweep(FlowNode node) {
    const FlowField field = arena_.field(node);
    std::vector<FlowBox> done;
    std::vector<Open> open;  // sorted by rest
    std::vector<Open> still;
    FlowValue first = 0;
    const auto close = [&](const Open& one) {
      if (room_-- == 0) throw std::length_error("the set of flows has too many parts");
      done.push_back(one.rest);
      if (one.first != 0 || first - 1 != last_of(field)) narrow(done.back(), field, one.first, first - 1);
    };
    for (std::size_t i = 0; i < arena_.edge_count(node); ++i) {
      const FlowEdge edge = arena_.edge(node, i);
      const std::vector<FlowBox>& rests = of(edge.to);
      still.clear();
      auto old = open.begin();
      for (const FlowBox& rest : rests) {
        for (; old != open.end() && old->rest < rest; ++old) close(*old);
        const bool goes_on = old != open.end() && old->rest == rest;
        still.push_back({rest, goes_on ? old++->first : first});
      }
      for (; old != open.end(); ++old) close(*old);
      open.swap(still);
      first = edge.last + 1;
    }
    for (const Open& one : open) close(one);
    return done;
  }

  const FlowArena& arena_;
  std::unordered_map<FlowNode, std::vector<FlowBox>> lists_;
  std::size_t room_;
};

}  // namespace

std::vector<FlowBox> flow_boxes(const FlowArena& arena, FlowNode node, std::size_t max_boxes) {
  Lists lists(arena, max_boxes);
  return std::move(lists.of(node));
}

}  // namespace egressc
