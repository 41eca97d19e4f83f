// Where the nodes of a document stand in its text.
#pragma once

#include <string_view>
#include <vector>

#include "model/document/document.h"

namespace egressc {

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

}  // namespace egressc
