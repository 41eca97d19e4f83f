// The decision diagrams that a FlowSpace is: nodes, edges, and the operations on them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "egressc/flow_space.h"

namespace egressc::model {

__extension__ typedef unsigned __int128 FlowValue;

// In the order in which they are tested.
enum class FlowField : std::uint8_t { uid, gid, loopback, protocol, family, address4, address6, port, end };
inline constexpr std::size_t flow_fields = static_cast<std::size_t>(FlowField::end);

constexpr FlowField following(FlowField field) { return static_cast<FlowField>(static_cast<unsigned>(field) + 1); }

// The largest value of a field.
constexpr FlowValue last_of(FlowField field) {
  constexpr std::array<FlowValue, flow_fields> lasts = {0xffffffff, 0xffffffff,    1,    255, 1,
                                                        0xffffffff, ~FlowValue{0}, 65535};
  return lasts[static_cast<std::size_t>(field)];
}

constexpr FlowValue flow_value(const Address& address) { return FlowValue{address.high} << 64 | address.low; }
constexpr Address flow_address(Family family, FlowValue value) {
  return {family, static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
}
constexpr FlowValue flow_value(Family family) { return family == Family::ipv6 ? 1 : 0; }
constexpr FlowField address_field(Family family) {
  return family == Family::ipv6 ? FlowField::address6 : FlowField::address4;
}

using FlowNode = std::uint32_t;
inline constexpr FlowNode flow_none = 0;
inline constexpr FlowNode flow_all = 1;

// Leads every value after the edge before it, up to `last`, to `to`.
struct FlowEdge {
  FlowValue last;
  FlowNode to;
};

enum class FlowOperation : std::uint32_t { unite = 1, intersect, subtract };

// Limits that keep an arena, or a list of boxes of 80 bytes, below about 500 MB. Beyond them FlowLimit is thrown.
struct FlowLimit : std::length_error {
  using std::length_error::length_error;
};
inline constexpr std::size_t max_flow_edges = std::size_t{1} << 24;
inline constexpr std::size_t max_flow_boxes = std::size_t{1} << 22;

class FlowArena {
 public:
  explicit FlowArena(std::size_t max_edges = max_flow_edges);

  FlowField field(FlowNode node) const { return nodes_[node].field; }
  std::size_t edge_count(FlowNode node) const { return nodes_[node].count; }
  FlowEdge edge(FlowNode node, std::size_t index) const {
    const std::size_t at = nodes_[node].begin + index;
    return {lasts_[at], targets_[at]};
  }
  std::size_t node_count() const { return nodes_.size(); }
  std::size_t size() const { return lasts_.size(); }

  // An empty list to append() the edges of a node of `field` to. There is one for each field: what is done before the
  // list is given to node() may make nodes of later fields only.
  std::vector<FlowEdge>& begin_node(FlowField field);
  static void append(std::vector<FlowEdge>& edges, FlowValue last, FlowNode to);
  // The edges must reach last_of(field).
  FlowNode node(FlowField field, const std::vector<FlowEdge>& edges);

  FlowNode apply(FlowOperation operation, FlowNode a, FlowNode b);
  FlowNode unite(std::span<const FlowBox> boxes);
  // `copied` maps the nodes of `from`; it starts out empty.
  FlowNode copy(const FlowArena& from, FlowNode node, std::vector<FlowNode>& copied);

  void retain(FlowNode node) { ++nodes_[node].leases; }
  void release(FlowNode node) { --nodes_[node].leases; }
  // Frees the nodes that no leased node leads to, if there may be many. Every other node keeps its number.
  void collect();

 private:
  struct Node {
    std::uint32_t begin = 0;
    std::uint32_t count = 0;
    std::uint32_t leases = 0;
    std::uint32_t hash = 0;
    FlowField field = FlowField::end;
  };
  struct Remembered {
    FlowNode a = 0;
    FlowNode b = 0;
    FlowNode result = 0;
    std::uint32_t operation = 0;
  };

  FlowNode add(FlowField field, const std::vector<FlowEdge>& edges, std::uint32_t hash);
  bool is(FlowNode node, FlowField field, const std::vector<FlowEdge>& edges, std::uint32_t hash) const;
  void index(FlowNode node);
  void rebuild_index(std::size_t slots);
  void mark(FlowNode node, std::vector<bool>& marks) const;
  std::size_t remembered_slot(FlowOperation operation, FlowNode a, FlowNode b) const;

  std::vector<Node> nodes_;
  std::vector<FlowNode> free_;
  // The edges of all nodes. Two lists, since a struct of both would be a third padding.
  std::vector<FlowValue> lasts_;
  std::vector<FlowNode> targets_;
  std::vector<FlowNode> slots_;         // open addressing; 0 is free
  std::vector<Remembered> remembered_;  // results of apply(); a newer one replaces an older one in its slot
  std::size_t max_edges_;
  std::size_t collect_at_;
  std::array<std::vector<FlowEdge>, flow_fields> edges_;
};

// Keeps a node, and the arena it is in.
class FlowLease {
 public:
  FlowLease(std::shared_ptr<FlowArena> arena, FlowNode node) : arena_(std::move(arena)), node_(node) {
    arena_->retain(node_);
  }
  FlowLease(const FlowLease&) = delete;
  FlowLease& operator=(const FlowLease&) = delete;
  ~FlowLease() { arena_->release(node_); }

  const std::shared_ptr<FlowArena>& arena() const { return arena_; }

 private:
  std::shared_ptr<FlowArena> arena_;
  FlowNode node_;
};

// What a box has a field in; and the same cut to a part of it, in a box that held all of it.
struct FlowInterval {
  FlowValue first;
  FlowValue last;
  bool operator==(const FlowInterval&) const = default;
};
FlowInterval interval_of(const FlowBox& box, FlowField field);
void narrow(FlowBox& box, FlowField field, FlowValue first, FlowValue last);

// Disjoint boxes, ascending, that make up `node`.
std::vector<FlowBox> flow_boxes(const FlowArena& arena, FlowNode node, std::size_t max_boxes = max_flow_boxes);

}  // namespace egressc::model
