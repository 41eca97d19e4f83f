#include "model/flows/arena.h"

#include <cassert>
#include <optional>
#include <utility>

namespace egressc::model {
namespace {

constexpr std::size_t first_slots = 64;

// When twice the live edges are there; sooner where the limit is near.
std::size_t next_collection(std::size_t live, std::size_t limit) {
  constexpr std::size_t worthwhile = std::size_t{1} << 16;
  return std::min(std::max(worthwhile, live * 2), live + (limit - live) / 2);
}

constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  const FlowValue product = FlowValue{hash ^ value} * 0x9e3779b97f4a7c15U;
  return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product) ^ 0xd6e8feb86659fd93U;
}

std::uint32_t hash_of(FlowField field, const std::vector<FlowEdge>& edges) {
  std::uint64_t hash = mix(0x2545f4914f6cdd1dU, static_cast<std::uint64_t>(field));
  for (const FlowEdge& edge : edges) {
    hash = mix(hash, static_cast<std::uint64_t>(edge.last));
    hash = mix(hash, static_cast<std::uint64_t>(edge.last >> 64) ^ std::uint64_t{edge.to} << 32);
  }
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

// Boxes to a diagram, field by field. FlowBox's order compares the fields as they are tested, so in sorted boxes those
// that agree on the fields so far stand together, and each group is a sub-problem on the fields that follow.

struct Branch {
  FlowInterval span;
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
    const FlowInterval span = interval_of(boxes[begin], field);
    while (end < boxes.size() && interval_of(boxes[end], field) == span) ++end;
    branches.push_back({span, build(arena, following(field), boxes.subspan(begin, end - begin))});
  }
  return join(arena, field, branches);
}

// Union, intersection and difference of two diagrams, node by node.

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

FlowArena::FlowArena(std::size_t max_edges)
    : nodes_(2),
      slots_(first_slots, flow_none),
      remembered_(first_slots),
      max_edges_(max_edges),
      collect_at_(next_collection(0, max_edges)) {}

std::vector<FlowEdge>& FlowArena::begin_node(FlowField field) {
  auto& edges = edges_[static_cast<std::size_t>(field)];
  edges.clear();
  return edges;
}

void FlowArena::append(std::vector<FlowEdge>& edges, FlowValue last, FlowNode to) {
  if (!edges.empty() && edges.back().to == to)
    edges.back().last = last;
  else
    edges.push_back({last, to});
}

FlowNode FlowArena::node(FlowField field, const std::vector<FlowEdge>& edges) {
  assert(!edges.empty() && edges.back().last == last_of(field));
  if (edges.size() == 1) return edges.front().to;
  const std::uint32_t hash = hash_of(field, edges);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask; slots_[slot] != flow_none; slot = (slot + 1) & mask)
    if (is(slots_[slot], field, edges, hash)) return slots_[slot];
  return add(field, edges, hash);
}

bool FlowArena::is(FlowNode node, FlowField field, const std::vector<FlowEdge>& edges, std::uint32_t hash) const {
  const Node& known = nodes_[node];
  if (known.hash != hash || known.field != field || known.count != edges.size()) return false;
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (lasts_[known.begin + i] != edges[i].last || targets_[known.begin + i] != edges[i].to) return false;
  return true;
}

FlowNode FlowArena::add(FlowField field, const std::vector<FlowEdge>& edges, std::uint32_t hash) {
  // An edge takes 20 bytes, a node 45 with its slots: a quarter as many nodes are enough for any set but a freak.
  if (edges.size() > max_edges_ - targets_.size() || (free_.empty() && nodes_.size() > max_edges_ / 4))
    throw FlowLimit("the set of flows is too complex");
  const std::size_t begin = targets_.size();
  lasts_.resize(begin + edges.size());
  targets_.resize(begin + edges.size());
  for (std::size_t i = 0; i < edges.size(); ++i) {
    lasts_[begin + i] = edges[i].last;
    targets_[begin + i] = edges[i].to;
  }
  const Node made{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(edges.size()), 0, hash, field};
  FlowNode node = static_cast<FlowNode>(nodes_.size());
  if (free_.empty()) {
    nodes_.push_back(made);
  } else {
    node = free_.back();
    free_.pop_back();
    nodes_[node] = made;
  }
  if (nodes_.size() > slots_.size() / 2) {
    rebuild_index(slots_.size() * 2);
    remembered_.assign(slots_.size() / 2, {});
  } else {
    index(node);
  }
  return node;
}

void FlowArena::index(FlowNode node) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = nodes_[node].hash & mask;
  while (slots_[slot] != flow_none) slot = (slot + 1) & mask;
  slots_[slot] = node;
}

void FlowArena::rebuild_index(std::size_t slots) {
  slots_.assign(slots, flow_none);
  for (std::size_t node = 2; node < nodes_.size(); ++node)
    if (nodes_[node].count != 0) index(static_cast<FlowNode>(node));
}

FlowNode FlowArena::copy(const FlowArena& from, FlowNode node, std::vector<FlowNode>& copied) {
  if (node <= flow_all) return node;
  if (copied.empty()) copied.resize(from.node_count(), flow_none);
  if (copied[node] != flow_none) return copied[node];
  auto& edges = begin_node(from.field(node));
  for (std::size_t i = 0; i < from.edge_count(node); ++i) {
    const FlowEdge edge = from.edge(node, i);
    append(edges, edge.last, copy(from, edge.to, copied));
  }
  return copied[node] = this->node(from.field(node), edges);
}

void FlowArena::mark(FlowNode node, std::vector<bool>& marks) const {
  if (node <= flow_all || marks[node]) return;
  marks[node] = true;
  for (std::size_t i = 0; i < nodes_[node].count; ++i) mark(targets_[nodes_[node].begin + i], marks);
}

void FlowArena::collect() {
  if (lasts_.size() < collect_at_) return;
  std::vector<bool> marks(nodes_.size());
  std::size_t live = 0;
  for (std::size_t node = 2; node < nodes_.size(); ++node)
    if (nodes_[node].leases != 0) mark(static_cast<FlowNode>(node), marks);
  for (std::size_t node = 2; node < nodes_.size(); ++node)
    if (marks[node]) live += nodes_[node].count;

  std::vector<FlowValue> lasts;
  std::vector<FlowNode> targets;
  lasts.reserve(live);
  targets.reserve(live);
  free_.clear();
  for (std::size_t at = nodes_.size(); at-- > 2;) {
    Node& node = nodes_[at];
    if (!marks[at]) {
      node = {};
      free_.push_back(static_cast<FlowNode>(at));
      continue;
    }
    const std::size_t begin = lasts.size();
    for (std::size_t i = 0; i < node.count; ++i) {
      lasts.push_back(lasts_[node.begin + i]);
      targets.push_back(targets_[node.begin + i]);
    }
    node.begin = static_cast<std::uint32_t>(begin);
  }
  lasts_ = std::move(lasts);
  targets_ = std::move(targets);
  rebuild_index(slots_.size());
  std::fill(remembered_.begin(), remembered_.end(), Remembered{});
  collect_at_ = next_collection(live, max_edges_);
}

std::size_t FlowArena::remembered_slot(FlowOperation operation, FlowNode a, FlowNode b) const {
  const std::uint64_t key = mix(std::uint64_t{a} << 32 | b, static_cast<std::uint64_t>(operation));
  return static_cast<std::size_t>(key ^ key >> 32) & (remembered_.size() - 1);
}

FlowNode FlowArena::unite(std::span<const FlowBox> boxes) {
  std::vector<FlowBox> sorted(boxes.begin(), boxes.end());
  sorted.erase(std::remove_if(sorted.begin(), sorted.end(), holds_nothing), sorted.end());
  if (sorted.empty()) return flow_none;
  std::sort(sorted.begin(), sorted.end());
  return build(*this, FlowField::uid, sorted);
}

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

}  // namespace egressc::model
