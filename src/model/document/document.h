// A document of maps, lists and scalars: what YAML and JSON are read into and printed from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"

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

// JSON as a document.

// RFC 8259, nested at most 16 deep; nullopt for anything else. Numbers and booleans are their text.
std::optional<Tree> read_json_document(std::string_view text);

// Documents as JSON.

enum class Spacing : std::uint8_t { compact, indented };  // by two, with a line feed at the end

// In ASCII: whatever is not is escaped (RFC 8259, 7). Scalars are strings unless they are literals.
std::string print_json(const Tree& tree, Spacing spacing);

// JSON for programs, written as it is said: objects and lists are opened and closed, members are named.

// Texts pass through printable(), so that whatever an input holds makes valid JSON.
class JsonText {
 public:
  void open_object() { tree_.open_map(Layout::block); }
  void open_list() { tree_.open_list(Layout::block); }
  void close() { tree_.close(); }
  void key(std::string_view name) { tree_.add_scalar(name); }
  void open_object(std::string_view name) {
    key(name);
    open_object();
  }
  void open_list(std::string_view name) {
    key(name);
    open_list();
  }

  void text(std::string_view value) { tree_.add_scalar(printable(value, value.size())); }
  // Several lines of text that egressc wrote.
  void lines(std::string_view value) { tree_.add_scalar(value); }
  void null() { tree_.add_null({}); }

  void text(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void number(std::string_view name, std::uint64_t value) {
    key(name);
    tree_.add_scalar(std::to_string(value), Form::literal);
  }
  void boolean(std::string_view name, bool value) {
    key(name);
    tree_.add_scalar(value ? "true" : "false", Form::literal);
  }
  // A list of what `write(value)` writes of each value.
  template <typename List, typename Write>
  void list(std::string_view name, const List& values, Write write) {
    open_list(name);
    for (const auto& value : values) write(value);
    close();
  }
  template <typename List>
  void texts(std::string_view name, const List& values) {
    list(name, values, [this](const auto& value) { text(value); });
  }

  // Indented by two, in ASCII, with a line feed at the end.
  std::string print() const { return print_json(tree_, Spacing::indented); }
  // On one line, with a line feed at the end.
  std::string print_line() const { return print_json(tree_, Spacing::compact) + '\n'; }

 private:
  Tree tree_;
};

}  // namespace egressc
