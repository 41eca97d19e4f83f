#include <unordered_map>

#include "model/flows/arena.h"
#include "model/words/words.h"

namespace egressc::model {
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

struct Open {
  FlowBox rest;
  FlowValue first;
};

// A diagram to boxes. Each node has a list of boxes over the fields from its own on; a node's list is swept together
// from those of its edges: a box that neighbouring edges share is one box over the values of both.
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
      if (room_-- == 0) throw FlowLimit("the set of flows has too many parts");
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

// Packets that no socket made stand at the end of every id.
std::string holders_text(const IdRange& ids) {
  return ids.last == no_id && ids.first != no_id ? id_text(ids) + ",none" : id_text(ids);
}

std::string protocols_text(const ProtocolRange& protocols) {
  if (protocols == ProtocolRange{}) return "any";
  const std::string_view name = protocols.first == protocols.last ? protocol_name(protocols.first) : "";
  return name.empty() ? "protocol " + port_text({protocols.first, protocols.last}) : std::string(name);
}

}  // namespace

FlowInterval interval_of(const FlowBox& box, FlowField field) {
  switch (field) {
    case FlowField::uid:
      return {box.uids.first, box.uids.last};
    case FlowField::gid:
      return {box.gids.first, box.gids.last};
    case FlowField::loopback:
      if (box.loopback) return {*box.loopback, *box.loopback};
      break;
    case FlowField::protocol:
      return {box.protocols.first, box.protocols.last};
    case FlowField::family:
      if (box.addresses) return {flow_value(box.addresses->first.family), flow_value(box.addresses->first.family)};
      break;
    case FlowField::address4:
    case FlowField::address6:
      if (box.addresses && address_field(box.addresses->first.family) == field)
        return {flow_value(box.addresses->first), flow_value(box.addresses->last)};
      break;
    case FlowField::port:
      return {box.ports.first, box.ports.last};
    case FlowField::end:
      break;
  }
  return {0, last_of(field)};
}

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

std::vector<FlowBox> flow_boxes(const FlowArena& arena, FlowNode node, std::size_t max_boxes) {
  Lists lists(arena, max_boxes);
  return std::move(lists.of(node));
}

}  // namespace egressc::model

namespace egressc {

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
  FlowBox both{model::overlap(a.uids, b.uids),
               model::overlap(a.gids, b.gids),
               a.loopback ? a.loopback : b.loopback,
               model::overlap(a.protocols, b.protocols),
               std::nullopt,
               model::overlap(a.ports, b.ports)};
  if (a.addresses || b.addresses) both.addresses = model::overlap(a.addresses, b.addresses);
  if (a.loopback && b.loopback && *a.loopback != *b.loopback) both.ports = {1, 0};
  return both;
}

std::string to_string(const FlowBox& box) {
  using namespace model;
  std::string text;
  if (box.uids != IdRange{0, no_id}) text += "uid " + holders_text(box.uids) + " ";
  if (box.gids != IdRange{0, no_id}) text += "gid " + holders_text(box.gids) + " ";
  if (box.loopback) text += *box.loopback ? "lo " : "not lo ";
  text += protocols_text(box.protocols);
  text += ' ';
  text += box.addresses ? to_string(*box.addresses) : "any";
  const bool has_types = box.protocols.first == box.protocols.last && is_icmp(box.protocols.first);
  if (!box.ports.is_all()) text += " " + (has_types ? icmp_type_text(box.ports) : port_text(box.ports));
  return text;
}

}  // namespace egressc
