// Changes to a YAML text that leave every byte alone that they do not concern: comments, blank lines, quotes, order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/yaml_text.h"

namespace egressc {

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

}  // namespace egressc
