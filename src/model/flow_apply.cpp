// Union, intersection and difference of two diagrams, node by node.
#include <optional>
#include <utility>

#include "model/flow_arena.h"

namespace egressc {
namespace {

std::optional<FlowNode> without_looking(FlowOperation operation, FlowNode a, FlowNode b) {
  switch (operation) {
    case FlowOperation::unite:
      if (a == b || b == flow_none) return a;
      if (a == flow_none) return b;
      if (a == flow_all || b == flow_all) return flow_all;
      break;
    case FlowOperation::intersect:
      if (a == b || b == flow_all) return a;
      if (a == flow_all) return b;
      if (a == flow_none || b == flow_none) return flow_none;
      break;
    case FlowOperation::subtract:
      if (a == b || a == flow_none || b == flow_all) return flow_none;
      if (b == flow_none) return a;
      break;
  }
  return std::nullopt;
}

// Walks a node's edges; a node that does not test the field is one edge over all its values.
class Edges {
 public:
  Edges(const FlowArena& arena, FlowNode node, FlowField field)
      : node_(node),
        tests_(arena.field(node) == field),
        edge_(tests_ ? arena.edge(node, 0) : FlowEdge{last_of(field), node}) {}

  const FlowEdge& operator*() const { return edge_; }
  const FlowEdge* operator->() const { return &edge_; }
  void pass(const FlowArena& arena, FlowValue value) {
    if (tests_ && edge_.last == value) edge_ = arena.edge(node_, ++index_);
  }

 private:
  FlowNode node_;
  bool tests_;
  std::size_t index_ = 0;
  FlowEdge edge_;
};

}  // namespace

FlowNode FlowArena::apply(FlowOperation operation, FlowNode a, FlowNode b) {
  if (const auto result = without_looking(operation, a, b)) return *result;
  if (operation != FlowOperation::subtract && a > b) std::swap(a, b);
  const Remembered& known = remembered_[remembered_slot(operation, a, b)];
  if (known.a == a && known.b == b && known.operation == static_cast<std::uint32_t>(operation)) return known.result;

  const FlowField at = std::min(field(a), field(b));
  std::vector<FlowEdge>& edges = begin_node(at);
  Edges left(*this, a, at);
  Edges right(*this, b, at);
  for (;;) {
    const FlowValue last = std::min(left->last, right->last);
    append(edges, last, apply(operation, left->to, right->to));
    if (last == last_of(at)) break;
    left.pass(*this, last);
    right.pass(*this, last);
  }
  const FlowNode result = node(at, edges);
  remembered_[remembered_slot(operation, a, b)] = {a, b, result, static_cast<std::uint32_t>(operation)};
  return result;
}

}  // namespace egressc
