#include "model/document/document.h"

#include <fmt/core.h>

#include "model/document/yaml.h"
#include "model/words/text.h"

namespace egressc::model {
namespace {

constexpr std::size_t most_errors = 100;
constexpr std::size_t most_columns = 4096;
constexpr std::size_t after_caret = 200;

Mark mark_of(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t line_start = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  return {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
          static_cast<std::uint32_t>(at - line_start + 1)};
}

bool check_bytes(std::string_view text, Complaints& complaints) {
  if (text.size() > most_document_bytes) {
    complaints.error({}, fmt::format("{} bytes are too many: the limit is 64 MiB", text.size()));
    return false;
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool control = (c >= 0 && c < ' ') || c == '\x7f';
    if (!control || c == '\n' || c == '\t' || (c == '\r' && text.substr(at + 1, 1) == "\n")) continue;
    complaints.error(mark_of(text, at), fmt::format("the control byte 0x{:02x} may not stand here", c),
                     "in double quotes it can be written as an escape, such as \"\\x07\"");
    return false;
  }
  if (const std::size_t at = find_invalid_utf8(text); at != text.npos) {
    complaints.error(mark_of(text, at), "this is not UTF-8", "save the file as UTF-8");
    return false;
  }
  return true;
}

void complain_twice(const Tree& tree, NodeId first, NodeId again, Complaints& complaints) {
  complaints.error(
      tree.mark(again),
      fmt::format("\"{}\" stands here twice; first in line {}", printable(tree.text(again)), tree.mark(first).line),
      "keep one of the two");
}

void check_keys(const Tree& tree, NodeId map, std::vector<NodeId>& keys, Complaints& complaints) {
  keys.clear();
  for (NodeId key = tree.first(map); key != no_node; key = tree.next(tree.next(key))) {
    if (tree.kind(key) == NodeKind::scalar)
      keys.push_back(key);
    else
      complaints.error(tree.mark(key), "a key has to be a word");
  }
  // Ids ascend in the order of the document.
  std::sort(keys.begin(), keys.end(), [&](NodeId a, NodeId b) {
    const int order = tree.text(a).compare(tree.text(b));
    return order != 0 ? order < 0 : a < b;
  });
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (tree.text(keys[i - 1]) == tree.text(keys[i])) complain_twice(tree, keys[i - 1], keys[i], complaints);
}

}  // namespace

void Complaints::error(Mark mark, std::string message, std::string hint) {
  ++count_;
  if (count_ <= most_errors)
    diagnostics_->error(at(mark), std::move(message), std::move(hint), line(mark.line, mark.column));
  else if (count_ == most_errors + 1)
    diagnostics_->error(at(mark), "too many errors: the rest is not shown");
}

std::string Complaints::line(std::uint32_t number, std::uint32_t column) {
  if (number == 0 || column > most_columns) return {};
  if (line_starts_.empty()) {
    line_starts_.push_back(0);
    for (std::size_t end = text_.find('\n'); end != text_.npos; end = text_.find('\n', end + 1))
      line_starts_.push_back(end + 1);
  }
  if (number > line_starts_.size()) return {};
  const std::size_t start = line_starts_[number - 1];
  std::string_view line = text_.substr(start, text_.find('\n', start) - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return std::string(line.substr(0, column + after_caret));
}

std::optional<Tree> read_document(std::string_view text, Complaints& complaints) {
  if (!check_bytes(text, complaints)) return std::nullopt;
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  std::optional<Tree> tree = start != text.npos && text[start] == '{' ? read_json(text) : read_common_yaml(text);
  if (!tree) tree = read_any_yaml(text, complaints);
  if (!tree) return std::nullopt;

  std::vector<NodeId> keys;
  for (NodeId node = 0; node < tree->size(); ++node)
    if (tree->kind(node) == NodeKind::map) check_keys(*tree, node, keys, complaints);
  return tree;
}

}  // namespace egressc::model

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
