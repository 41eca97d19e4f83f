// A document of maps, lists and scalars: what YAML and JSON are read into and printed from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace egressc {

// Counted from 1, in bytes.
struct Mark {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool operator==(const Mark&) const = default;
};

enum class NodeKind : std::uint8_t { null, scalar, list, map };

// How a scalar is printed. What it means is decided by whoever reads it, not by how it was written.
enum class Form : std::uint8_t {
  text,     // quoted in YAML where it has to be
  word,     // a time, a date, a range: never quoted in YAML, a string in JSON
  literal,  // a number or a boolean: never quoted
};

enum class Layout : std::uint8_t { block, flow };

using NodeId = std::uint32_t;
inline constexpr NodeId no_node = 0xffffffff;

// Nodes are added in the order of the document; node 0 is the root. The children of a map are key, value, key, value, …
class Tree {
 public:
  void add_null(Mark mark);
  void add_scalar(std::string_view text, Form form = Form::text, Mark mark = {});
  void open_list(Layout layout, Mark mark = {});
  void open_map(Layout layout, Mark mark = {});
  void close();
  // Room for so many nodes, and bytes of their texts: what is large grows into it, instead of being moved.
  void reserve(std::size_t nodes, std::size_t bytes);
  // The same for what a text of YAML or JSON is read into.
  void reserve_for(std::string_view text) { reserve(text.size() / 6, text.size()); }
  // What stands in the root of the other.
  void add(const Tree& other) { add(other, 0); }

  std::size_t size() const { return nodes_.size(); }
  std::size_t depth() const { return open_.size(); }

  NodeKind kind(NodeId node) const { return nodes_[node].kind; }
  Form form(NodeId node) const { return nodes_[node].form; }
  Layout layout(NodeId node) const { return nodes_[node].layout; }
  Mark mark(NodeId node) const { return nodes_[node].mark; }
  std::string_view text(NodeId node) const {
    return std::string_view(text_).substr(nodes_[node].text_at, nodes_[node].text_size);
  }
  // The first child of a list or map, and what follows a node in the same list or map; no_node at the end.
  NodeId first(NodeId node) const { return nodes_[node].first; }
  NodeId next(NodeId node) const { return nodes_[node].next; }
  // The value of a scalar key, or no_node.
  NodeId find(NodeId map, std::string_view key) const;

 private:
  struct Node {
    Mark mark;
    std::uint32_t text_at = 0;
    std::uint32_t text_size = 0;
    NodeId first = no_node;
    NodeId next = no_node;
    NodeKind kind = NodeKind::null;
    Form form = Form::text;
    Layout layout = Layout::block;
  };
  struct Open {
    NodeId node;
    NodeId last_child;
  };
  void add(Node node);
  void add(const Tree& other, NodeId from);

  std::vector<Node> nodes_;
  std::vector<Open> open_;
  std::string text_;
};

}  // namespace egressc
