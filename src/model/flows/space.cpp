
#include "model/flows/arena.h"

namespace egressc::model {
namespace {

FlowNode follow(const FlowArena& arena, FlowNode node, FlowValue value) {
  std::size_t low = 0;
  std::size_t high = arena.edge_count(node) - 1;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (arena.edge(node, middle).last < value)
      low = middle + 1;
    else
      high = middle;
  }
  return arena.edge(node, low).to;
}

}  // namespace

struct FlowSpaceAccess {
  // Of two sets, the arena of the one that has the larger, so that the smaller is copied; nullptr if neither has one.
  static std::shared_ptr<FlowArena> arena_for(const FlowSpace& a, const FlowSpace& b) {
    if (!a.lease_ || !b.lease_) return a.lease_ ? arena(a) : b.lease_ ? arena(b) : nullptr;
    return arena(a)->size() < arena(b)->size() ? arena(b) : arena(a);
  }

  static FlowNode node_in(const std::shared_ptr<FlowArena>& into, const FlowSpace& space) {
    if (space.box_) return into->unite({&*space.box_, 1});
    if (!space.lease_ || arena(space) == into) return space.node_;
    std::vector<FlowNode> copied;
    return into->copy(*arena(space), space.node_, copied);
  }

  static FlowSpace make(std::shared_ptr<FlowArena> arena, FlowNode node) {
    FlowSpace space;
    space.node_ = node;
    if (node > flow_all) space.lease_ = std::make_shared<const FlowLease>(std::move(arena), node);
    return space;
  }

  static FlowSpace apply(FlowOperation operation, const FlowSpace& a, const FlowSpace& b) {
    auto into = arena_for(a, b);
    if (!into) into = std::make_shared<FlowArena>();
    into->collect();
    const FlowNode left = node_in(into, a);
    return make(into, into->apply(operation, left, node_in(into, b)));
  }

  static bool is_all(const FlowSpace& space) { return space.node_ == flow_all && !space.box_; }

  // Whether its boxes are so few that a list of them is cheaper than another diagram: as of a rule with some ports.
  static bool is_small(const FlowSpace& space) {
    constexpr std::size_t few = 64;
    return space.box_ || !space.lease_ || arena(space)->size() <= few;
  }

  // The same set with a node of its own.
  static FlowSpace stored(const FlowSpace& space) {
    return space.box_ ? FlowSpace::from_boxes({&*space.box_, 1}) : space;
  }

  // Reduced diagrams of one set have one shape, whatever their nodes' numbers.
  static bool same(const FlowArena& a, FlowNode left, const FlowArena& b, FlowNode right,
                   std::vector<FlowNode>& matched) {
    if (left <= flow_all || right <= flow_all) return left == right;
    if (matched[left] != flow_none) return matched[left] == right;
    if (a.field(left) != b.field(right) || a.edge_count(left) != b.edge_count(right)) return false;
    for (std::size_t i = 0; i < a.edge_count(left); ++i) {
      const FlowEdge one = a.edge(left, i);
      const FlowEdge other = b.edge(right, i);
      if (one.last != other.last || !same(a, one.to, b, other.to, matched)) return false;
    }
    matched[left] = right;
    return true;
  }

  static const std::shared_ptr<FlowArena>& arena(const FlowSpace& space) { return space.lease_->arena(); }
};

bool fits_into_memory(const std::function<void()>& compute) {
  try {
    compute();
    return true;
  } catch (const FlowLimit&) { return false; }
}

}  // namespace egressc::model

namespace egressc {

FlowSpace::FlowSpace(const FlowBox& box) {
  if (holds_nothing(box)) return;
  if (box == FlowBox{})
    node_ = model::flow_all;
  else
    box_ = box;
}

FlowSpace FlowSpace::all() { return model::FlowSpaceAccess::make(nullptr, model::flow_all); }

FlowSpace FlowSpace::from_boxes(std::span<const FlowBox> boxes) {
  using namespace model;
  auto arena = std::make_shared<FlowArena>();
  const FlowNode node = arena->unite(boxes);
  return model::FlowSpaceAccess::make(std::move(arena), node);
}

// The boxes of small sets are sorted together, and the rest is united by halves, so that no part is copied often.
FlowSpace FlowSpace::unite(std::vector<FlowSpace> sets) {
  const auto small = std::partition(sets.begin(), sets.end(),
                                    [](const FlowSpace& set) { return !model::FlowSpaceAccess::is_small(set); });
  std::vector<FlowBox> boxes;
  for (auto set = small; set != sets.end(); ++set) {
    const std::vector<FlowBox> more = set->boxes();
    boxes.insert(boxes.end(), more.begin(), more.end());
  }
  sets.erase(small, sets.end());
  if (!boxes.empty()) sets.push_back(from_boxes(boxes));
  if (sets.empty()) return {};
  while (sets.size() > 1) {
    for (std::size_t i = 0; 2 * i + 1 < sets.size(); ++i) sets[i] = sets[2 * i] | sets[2 * i + 1];
    if (sets.size() % 2 == 1) sets[sets.size() / 2] = sets.back();
    sets.resize((sets.size() + 1) / 2);
  }
  return std::move(sets.front());
}

FlowSpace FlowSpace::stored_with(const FlowSpace& other) const {
  if (!lease_ || !other.lease_ || lease_->arena() == other.lease_->arena()) return *this;
  const auto& into = model::FlowSpaceAccess::arena(other);
  return model::FlowSpaceAccess::make(into, model::FlowSpaceAccess::node_in(into, *this));
}

bool FlowSpace::contains(const FlowPoint& point) const {
  if (box_) return !holds_nothing(intersection(*box_, single(point)));
  const FlowBox box = single(point);
  model::FlowNode node = node_;
  while (node > model::flow_all) {
    const model::FlowArena& arena = *lease_->arena();
    node = model::follow(arena, node, model::interval_of(box, arena.field(node)).first);
  }
  return node == model::flow_all;
}

std::optional<FlowPoint> FlowSpace::any() const {
  using namespace model;
  if (empty()) return std::nullopt;
  if (box_) return model::FlowSpaceAccess::stored(*this).any();
  FlowBox box = single(FlowPoint{});
  box.addresses.reset();
  for (FlowNode node = node_; node != flow_all;) {
    const FlowArena& arena = *lease_->arena();
    // An inner node leads to some flow: of two neighbouring edges one is not to the empty set.
    const std::size_t index = arena.edge(node, 0).to == flow_none ? 1 : 0;
    const FlowValue value = index == 0 ? 0 : arena.edge(node, 0).last + 1;
    narrow(box, arena.field(node), value, value);
    node = arena.edge(node, index).to;
  }
  const Address to = box.addresses ? box.addresses->first : Address{};
  return FlowPoint{box.uids.first, box.gids.first, *box.loopback, box.protocols.first, to, box.ports.first};
}

std::vector<FlowBox> FlowSpace::boxes() const {
  if (box_) return {*box_};
  if (!lease_) return empty() ? std::vector<FlowBox>{} : std::vector<FlowBox>{FlowBox{}};
  return flow_boxes(*lease_->arena(), node_);
}

FlowSpace operator|(const FlowSpace& a, const FlowSpace& b) {
  if (a.empty() || model::FlowSpaceAccess::is_all(b)) return b;
  if (b.empty() || model::FlowSpaceAccess::is_all(a)) return a;
  return model::FlowSpaceAccess::apply(model::FlowOperation::unite, a, b);
}

FlowSpace operator&(const FlowSpace& a, const FlowSpace& b) {
  if (a.empty() || model::FlowSpaceAccess::is_all(b)) return a;
  if (b.empty() || model::FlowSpaceAccess::is_all(a)) return b;
  if (a.box_ && b.box_) return FlowSpace(intersection(*a.box_, *b.box_));
  return model::FlowSpaceAccess::apply(model::FlowOperation::intersect, a, b);
}

FlowSpace operator-(const FlowSpace& a, const FlowSpace& b) {
  if (a.empty() || b.empty()) return a;
  return model::FlowSpaceAccess::apply(model::FlowOperation::subtract, a, b);
}

bool operator==(const FlowSpace& a, const FlowSpace& b) {
  using namespace model;
  if (a.box_ && b.box_) return *a.box_ == *b.box_;
  if (a.box_ || b.box_) return model::FlowSpaceAccess::stored(a) == model::FlowSpaceAccess::stored(b);
  if (!a.lease_ || !b.lease_) return a.node_ == b.node_;
  const FlowArena& left = *a.lease_->arena();
  const FlowArena& right = *b.lease_->arena();
  if (&left == &right) return a.node_ == b.node_;
  std::vector<FlowNode> matched(left.node_count(), flow_none);
  return model::FlowSpaceAccess::same(left, a.node_, right, b.node_, matched);
}

}  // namespace egressc
