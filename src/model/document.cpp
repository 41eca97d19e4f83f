#include "model/document.h"

#include <fmt/core.h>

#include <algorithm>

#include "model/utf8.h"

namespace egressc {
namespace {

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
    const bool control = c >= 0 && c < ' ' && c != '\n' && c != '\t' && !(c == '\r' && text.substr(at + 1, 1) == "\n");
    if (!control) continue;
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

}  // namespace egressc
