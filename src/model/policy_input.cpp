#include "model/policy_input.h"

#include <fmt/ranges.h>

#include <charconv>

namespace egressc {
namespace {

std::string_view kind_name(NodeKind kind) {
  switch (kind) {
    case NodeKind::null:
      return "nothing";
    case NodeKind::scalar:
      return "a single value";
    case NodeKind::list:
      return "a list";
    case NodeKind::map:
      return "a map";
  }
  return "nothing";
}

}  // namespace

void PolicyInput::error(NodeId node, std::string message, std::string hint) const {
  complaints.error(tree.mark(node), std::move(message), std::move(hint));
}

void PolicyInput::wrong_kind(NodeId node, std::string_view what) const {
  std::string hint;
  if (tree.kind(node) == NodeKind::null)
    hint = "leave the key out";
  else if (const NodeId key = tree.kind(node) == NodeKind::map ? tree.first(node) : no_node;
           key != no_node && tree.text(key).ends_with(':'))
    hint = "quote the IPv6 address, as in \"2001:db8::\"";
  error(node, fmt::format("{} is wanted here, and this is {}", what, kind_name(tree.kind(node))), std::move(hint));
}

std::optional<std::string_view> PolicyInput::text(NodeId node, std::string_view what) const {
  if (tree.kind(node) == NodeKind::scalar) return tree.text(node);
  wrong_kind(node, fmt::format("a value for {}", what));
  return std::nullopt;
}

std::optional<std::uint64_t> PolicyInput::number(NodeId node, std::string_view what, std::uint64_t least,
                                                 std::uint64_t most) const {
  const auto found = text(node, what);
  if (!found) return std::nullopt;
  const auto value = parse_decimal(*found, most);
  if (value && *value >= least) return value;
  error(node, fmt::format("{}: \"{}\" is not a number from {} to {}", what, printable(*found), least, most),
        hint_for_number(*found));
  return std::nullopt;
}

std::optional<bool> PolicyInput::flag(NodeId node, std::string_view what) const {
  const auto found = text(node, what);
  if (!found) return std::nullopt;
  if (*found == "true" || *found == "false") return *found == "true";
  unknown_word(node, what, {"true", "false"});
  return std::nullopt;
}

void PolicyInput::unknown_word(NodeId node, std::string_view what, const std::vector<std::string_view>& words) const {
  const std::string_view found = tree.text(node);
  const std::string_view near = closest(found, words);
  error(node, fmt::format("{}: \"{}\" is unknown here", what, printable(found)),
        near.empty() ? fmt::format("one of: {}", fmt::join(words, ", "))
                     : fmt::format("did you mean \"{}\"? One of: {}", near, fmt::join(words, ", ")));
}

std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::string hint_for_number(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (problem != std::errc() || end != text.data() + text.size()) return {};
  if (hexadecimal) return fmt::format("numbers are decimal: {}", value);
  if (text.starts_with('0') && text.size() > 1) return fmt::format("without leading zeros: {}", value);
  return {};
}

}  // namespace egressc
