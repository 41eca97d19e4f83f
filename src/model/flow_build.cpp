// Boxes to a diagram, field by field. FlowBox's order compares the fields as they are tested, so in sorted boxes those
// that agree on the fields so far stand together, and each group is a sub-problem on the fields that follow.
#include "model/flow_arena.h"

namespace egressc {
namespace {

struct Span {
  FlowValue first;
  FlowValue last;
  bool operator==(const Span&) const = default;
};

Span span_of(const FlowBox& box, FlowField field) {
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

struct Branch {
  Span span;
  FlowNode to;
};

// The union of branches sorted by span. Branches that do not overlap, the usual case, become a node at once; others are
// united by halves.
FlowNode join(FlowArena& arena, FlowField field, std::span<const Branch> branches) {
  bool overlap = false;
  for (std::size_t i = 1; i < branches.size(); ++i) overlap |= branches[i].span.first <= branches[i - 1].span.last;
  if (overlap) {
    const std::size_t half = branches.size() / 2;
    const FlowNode left = join(arena, field, branches.first(half));
    return arena.apply(FlowOperation::unite, left, join(arena, field, branches.subspan(half)));
  }
  std::vector<FlowEdge>& edges = arena.begin_node(field);
  FlowValue next = 0;
  for (const Branch& branch : branches) {
    if (branch.span.first != next) FlowArena::append(edges, branch.span.first - 1, flow_none);
    FlowArena::append(edges, branch.span.last, branch.to);
    next = branch.span.last + 1;
  }
  if (branches.back().span.last != last_of(field)) FlowArena::append(edges, last_of(field), flow_none);
  return arena.node(field, edges);
}

FlowNode build(FlowArena& arena, FlowField field, std::span<const FlowBox> boxes) {
  if (field == FlowField::end) return flow_all;
  std::vector<Branch> branches;
  for (std::size_t begin = 0, end = 0; begin < boxes.size(); begin = end) {
    const Span span = span_of(boxes[begin], field);
    while (end < boxes.size() && span_of(boxes[end], field) == span) ++end;
    branches.push_back({span, build(arena, following(field), boxes.subspan(begin, end - begin))});
  }
  return join(arena, field, branches);
}

}  // namespace

FlowNode FlowArena::unite(std::span<const FlowBox> boxes) {
  std::vector<FlowBox> sorted(boxes.begin(), boxes.end());
  sorted.erase(std::remove_if(sorted.begin(), sorted.end(), holds_nothing), sorted.end());
  if (sorted.empty()) return flow_none;
  std::sort(sorted.begin(), sorted.end());
  return build(*this, FlowField::uid, sorted);
}

}  // namespace egressc
