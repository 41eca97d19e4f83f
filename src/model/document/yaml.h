// Diagnostics about one text, each with the line it is about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "model/document/document.h"

namespace egressc::model {

// `text` and `diagnostics` have to outlive it. After 100 errors one more says that the rest is not shown.
class Complaints {
 public:
  Complaints(std::string_view text, std::string file, Diagnostics& diagnostics)
      : text_(text), file_(std::move(file)), diagnostics_(&diagnostics) {}

  void error(Mark mark, std::string message, std::string hint = {});
  bool any() const { return count_ != 0; }
  Location at(Mark mark) const { return {file_, mark.line, mark.column}; }
  // The line as far as it is worth showing with a caret under `column`.
  std::string line(std::uint32_t number, std::uint32_t column);

 private:
  std::string_view text_;
  std::string file_;
  Diagnostics* diagnostics_;
  std::size_t count_ = 0;
  std::vector<std::size_t> line_starts_;  // found at the first error
};

// Text to tree: YAML (1.2, as far as yaml-cpp goes) or JSON, without what hides things from a reviewer: anchors,
// aliases, tags, duplicate keys, further documents, control bytes.

inline constexpr std::size_t most_document_bytes = std::size_t{64} << 20;
inline constexpr std::size_t most_document_nodes = 4'000'000;
inline constexpr std::size_t most_document_depth = 16;

// nullopt if there is no tree to speak of. A tree that there were complaints about (duplicate keys, anchors, tags) is
// good for finding more to complain about, and nothing else. `text` has no byte order mark.
std::optional<Tree> read_document(std::string_view text, Complaints& complaints);

// The readers it is made of. The first two read quickly what they are sure of, and return nullopt without a word for
// anything else, be it wrong or merely unusual; what yaml-cpp makes of that is the last word.
std::optional<Tree> read_json(std::string_view text);
std::optional<Tree> read_common_yaml(std::string_view text);
std::optional<Tree> read_any_yaml(std::string_view text, Complaints& complaints);

// Where the nodes of a document stand in its text.

// `text` and `tree` have to outlive it; `tree` is what read_document() made of `text`.
class YamlText {
 public:
  YamlText(std::string_view text, const Tree& tree);

  std::string_view text() const { return text_; }
  const Tree& tree() const { return tree_; }

  std::size_t start(NodeId node) const { return line_starts_[tree_.mark(node).line - 1] + column(node); }
  // Behind the last byte of the node: its closing bracket or quote, or its last word. A comment is no part of it.
  std::size_t end(NodeId node) const;
  // In bytes, from 0. Of a list in block layout: where its dashes stand.
  std::size_t column(NodeId node) const { return tree_.mark(node).column - 1; }
  // Of a value its key, of a key its map, of an item its list; no_node for the root.
  NodeId owner(NodeId node) const { return owner_[node]; }

  std::size_t line_start(std::size_t at) const;
  // Behind the line feed of the line that `at` is in, or the end of the text.
  std::size_t next_line(std::size_t at) const;

 private:
  std::size_t end_of_brackets(std::size_t at) const;
  std::size_t end_of_quotes(std::size_t at) const;
  std::size_t end_of_plain(NodeId node) const;
  std::size_t end_of_block_scalar(NodeId node) const;

  std::string_view text_;
  const Tree& tree_;
  std::vector<std::size_t> line_starts_;
  std::vector<NodeId> owner_;
};

// Changes to a YAML text that leave every byte alone that they do not concern: comments, blank lines, quotes, order.

// What comes to stand in a list.
struct ListItem {
  Tree tree;
  NodeId moved = no_node;  // an item of another list of this text: it comes as it is written there, if it fits
};

// Changes are recorded, and made by finish(). Those at one place come in the order in which they were recorded: what
// belongs further in has to be recorded first.
class YamlEdit {
 public:
  // `text` has to outlive it.
  explicit YamlEdit(const YamlText& text);

  // What is recorded from here on is about this item, which moves; no_node: about none.
  void within(NodeId moved) { scope_ = moved; }

  void replace(NodeId node, const Tree& value);
  // Behind the entry whose value is `behind`, or at the end of the map.
  void add_entry(NodeId map, NodeId behind, std::string_view key, const Tree& value);
  void add_list(NodeId map, NodeId behind, std::string_view key, const std::vector<ListItem>& items);
  // It is not the only one of its map.
  void remove_entry(NodeId map, std::string_view key);
  // `gone` are items of the list, in its order.
  void change_list(NodeId list, const std::vector<NodeId>& gone, const std::vector<ListItem>& added);

  std::string finish();

 private:
  struct Region {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  struct Change {
    Region at;
    NodeId scope = no_node;
    bool lines = false;      // whole lines
    std::string text;        // line feeds are those of the text
    NodeId moved = no_node;  // what stands in `from` comes before `text`, changed, and by `shift` columns further right
    Region from;
    std::ptrdiff_t shift = 0;
  };

  bool is_block(NodeId node) const { return tree_.layout(node) == Layout::block; }
  std::size_t behind_colon(NodeId key) const;
  std::size_t behind_last_line(NodeId node) const { return text_.next_line(text_.end(node) - 1); }
  NodeId last_child(NodeId node) const;
  Region lines_of(NodeId list, NodeId item) const;

  void record(Change change);
  void insert(std::size_t at, std::string text, bool lines);
  void remove(std::size_t begin, std::size_t end);
  std::size_t comma_behind(std::size_t at) const;
  void insert_block_items(std::size_t at, std::size_t column, bool in_flow, const std::vector<ListItem>& items);
  void insert_flow_items(std::size_t at, bool first, const std::vector<ListItem>& items);
  void remove_flow_items(NodeId list, const std::vector<NodeId>& gone);
  void change_flow_list(NodeId list, const std::vector<NodeId>& gone, const std::vector<ListItem>& added);
  void change_block_list(NodeId list, const std::vector<NodeId>& gone, const std::vector<ListItem>& added);
  bool open_empty_list(NodeId list, const std::vector<ListItem>& added);

  std::string render(const Region& region, NodeId scope) const;
  void append(const Change& change, std::string& out) const;

  const YamlText& text_;
  const Tree& tree_;
  std::vector<Change> changes_;
  NodeId scope_ = no_node;
  std::string_view line_feed_;
};

// Tree to YAML, in one form: block maps and lists indented by two, flow ones on one line, quotes where they are needed.

std::string print_yaml(const Tree& tree);

// The root on one line, as it may stand within brackets.
std::string print_flow_yaml(const Tree& tree);
// The root, if it is a map or list in block layout, over several lines: each but the first is indented by `indent`
// blanks, and the last one ends without a line feed. Else on one line, as it may stand behind "key: " or "- ".
std::string print_block_yaml(const Tree& tree, std::size_t indent);

}  // namespace egressc::model
