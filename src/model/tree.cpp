#include "model/document/document.h"

namespace egressc {

void Tree::add(Node node) {
  const auto id = static_cast<NodeId>(nodes_.size());
  if (!open_.empty()) {
    Open& parent = open_.back();
    (parent.last_child == no_node ? nodes_[parent.node].first : nodes_[parent.last_child].next) = id;
    parent.last_child = id;
  }
  nodes_.push_back(node);
}

void Tree::reserve(std::size_t nodes, std::size_t bytes) {
  nodes_.reserve(nodes);
  text_.reserve(bytes);
}

void Tree::add_null(Mark mark) {
  Node node;
  node.mark = mark;
  add(node);
}

void Tree::add_scalar(std::string_view text, Form form, Mark mark) {
  Node node;
  node.mark = mark;
  node.kind = NodeKind::scalar;
  node.form = form;
  node.text_at = static_cast<std::uint32_t>(text_.size());
  node.text_size = static_cast<std::uint32_t>(text.size());
  text_ += text;
  add(node);
}

void Tree::open_list(Layout layout, Mark mark) {
  Node node;
  node.mark = mark;
  node.kind = NodeKind::list;
  node.layout = layout;
  add(node);
  open_.push_back({static_cast<NodeId>(nodes_.size() - 1), no_node});
}

void Tree::open_map(Layout layout, Mark mark) {
  open_list(layout, mark);
  nodes_.back().kind = NodeKind::map;
}

void Tree::add(const Tree& other, NodeId from) {
  switch (other.kind(from)) {
    case NodeKind::null:
      return add_null(other.mark(from));
    case NodeKind::scalar:
      return add_scalar(other.text(from), other.form(from), other.mark(from));
    case NodeKind::list:
      open_list(other.layout(from), other.mark(from));
      break;
    case NodeKind::map:
      open_map(other.layout(from), other.mark(from));
      break;
  }
  for (NodeId child = other.first(from); child != no_node; child = other.next(child)) add(other, child);
  close();
}

void Tree::close() { open_.pop_back(); }

NodeId Tree::find(NodeId map, std::string_view key) const {
  for (NodeId at = first(map); at != no_node; at = next(next(at)))
    if (kind(at) == NodeKind::scalar && text(at) == key) return next(at);
  return no_node;
}

}  // namespace egressc
