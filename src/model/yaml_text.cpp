#include "model/yaml_text.h"

#include <algorithm>

namespace egressc {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

YamlText::YamlText(std::string_view text, const Tree& tree) : text_(text), tree_(tree), owner_(tree.size(), no_node) {
  line_starts_.push_back(0);
  for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) line_starts_.push_back(at + 1);
  for (NodeId node = 0; node < tree.size(); ++node) {
    if (tree.kind(node) < NodeKind::list) continue;
    NodeId owner = node;
    for (NodeId child = tree.first(node); child != no_node; child = tree.next(child)) {
      owner_[child] = owner;
      if (tree.kind(node) == NodeKind::map) owner = owner == node ? child : node;
    }
  }
}

std::size_t YamlText::end(NodeId node) const {
  const std::size_t at = start(node);
  switch (tree_.kind(node)) {
    case NodeKind::null:
      return at;
    case NodeKind::scalar:
      if (at < text_.size() && (text_[at] == '"' || text_[at] == '\'')) return end_of_quotes(at);
      if (at < text_.size() && (text_[at] == '|' || text_[at] == '>')) return end_of_block_scalar(node);
      return end_of_plain(node);
    default:
      break;
  }
  if (tree_.layout(node) == Layout::flow) return end_of_brackets(at);
  NodeId last = node;
  for (NodeId child = tree_.first(node); child != no_node; child = tree_.next(child)) last = child;
  return last == node ? at : end(last);
}

std::size_t YamlText::line_start(std::size_t at) const {
  return *(std::upper_bound(line_starts_.begin(), line_starts_.end(), at) - 1);
}

std::size_t YamlText::next_line(std::size_t at) const { return std::min(text_.find('\n', at), text_.size() - 1) + 1; }

std::size_t YamlText::end_of_quotes(std::size_t at) const {
  const char quote = text_[at];
  for (++at; at < text_.size(); ++at) {
    if (text_[at] == '\\' && quote == '"')
      ++at;
    else if (text_[at] == quote && quote == '\'' && at + 1 < text_.size() && text_[at + 1] == quote)
      ++at;
    else if (text_[at] == quote)
      return at + 1;
  }
  return text_.size();
}

std::size_t YamlText::end_of_brackets(std::size_t at) const {
  std::size_t depth = 0;
  bool at_token = true;  // a quote begins a scalar only where one may begin
  while (at < text_.size()) {
    const char c = text_[at];
    if ((c == '"' || c == '\'') && at_token) {
      at = end_of_quotes(at);
      at_token = false;
      continue;
    }
    if (c == '#' && is_blank(text_[at - 1])) {
      at = next_line(at);
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) return at + 1;
    // A quote within a plain word, as in Mr. X's, begins nothing.
    if (!is_blank(c)) at_token = c == '[' || c == '{' || c == ',' || c == ':';
    ++at;
  }
  return text_.size();
}

// A line feed of the text is a blank of the scalar, or another line feed.
std::size_t YamlText::end_of_plain(NodeId node) const {
  std::size_t at = start(node);
  const std::string_view scalar = tree_.text(node);
  for (std::size_t i = 0; i < scalar.size() && at < text_.size();) {
    if (text_[at] == scalar[i]) {
      ++at;
      ++i;
      continue;
    }
    while (at < text_.size() && is_blank(text_[at])) ++at;
    while (i < scalar.size() && is_blank(scalar[i])) ++i;
    if (at < text_.size() && i < scalar.size() && text_[at] != scalar[i]) return at;
  }
  return at;
}

std::size_t YamlText::end_of_block_scalar(NodeId node) const {
  std::size_t end = start(node);
  std::size_t indent = 0;
  std::size_t at = next_line(end);
  for (std::size_t i = end + 1; i < end + 3 && i < text_.size(); ++i)
    if (text_[i] >= '1' && text_[i] <= '9') indent = column(owner_[node]) + static_cast<std::size_t>(text_[i] - '0');
  while (end < text_.size() && !is_blank(text_[end])) ++end;
  while (at < text_.size()) {
    const std::size_t next = next_line(at);
    const std::size_t word = std::min(text_.find_first_not_of(" \t\r\n", at), text_.size());
    if (word < next) {
      if (indent == 0) indent = word - at;
      if (word - at < indent || indent == 0) break;
      end = next;
      while (is_blank(text_[end - 1])) --end;
    }
    at = next;
  }
  return end;
}

}  // namespace egressc
