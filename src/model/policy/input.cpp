#include "model/policy/input.h"

#include <charconv>

#include "egressc/observation.h"
#include "model/words/words.h"

namespace egressc::model {
namespace {

std::string_view kind_name(NodeKind kind) {
  constexpr std::string_view names[] = {"nothing", "a single value", "a list", "a map"};
  return names[static_cast<std::size_t>(kind)];
}

constexpr std::uint64_t highest_id = every_id.last;

bool begins_number(std::string_view text) {
  return !text.empty() && (is_digit(text[0]) || text[0] == '-' || text[0] == '+');
}

std::optional<std::uint32_t> user_id(const PolicyInput& input, NodeId node, std::string_view what,
                                     std::string_view name) {
  if (what != "uid") {
    input.error(node,
                fmt::format("{}: \"{}\" is not a number: groups have to be given by number", what, printable(name)),
                "getent group NAME tells the number");
    return std::nullopt;
  }
  if (input.users == nullptr) {
    input.error(node, fmt::format("uid: \"{}\" is a name, and no list of users was given", printable(name)),
                "give --passwd FILE, or write the number");
    return std::nullopt;
  }
  if (const auto found = input.users->find(name); found != input.users->end()) return found->second;
  std::vector<std::string_view> known;
  for (const auto& user : *input.users) known.push_back(user.first);
  const std::string_view near = closest(name, known);
  input.error(node, fmt::format("uid: there is no user \"{}\"", printable(name)),
              near.empty() ? "write the number" : fmt::format("did you mean \"{}\"?", printable(near)));
  return std::nullopt;
}

void read_one(const PolicyInput& input, NodeId node, std::string_view what, std::vector<IdRange>& ids) {
  const auto text = input.text(node, what);
  if (!text) return;
  if (!begins_number(*text)) {
    if (const auto id = user_id(input, node, what, *text)) ids.push_back({*id, *id});
    return;
  }
  const std::size_t dash = text->find('-');
  if (dash == text->npos || dash == 0) {
    if (const auto id = read_id(input, node, what)) ids.push_back({*id, *id});
    return;
  }
  const auto first = parse_decimal(text->substr(0, dash), highest_id);
  const auto last = parse_decimal(text->substr(dash + 1), highest_id);
  if (first && last && *first <= *last) {
    ids.push_back({static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*last)});
    return;
  }
  input.error(
      node, fmt::format("{}: \"{}\" is not a range of numbers from 0 to {}", what, printable(*text), highest_id),
      first && last ? fmt::format("the smaller number comes first: {}-{}", *last, *first) : "such as 1000-1999");
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
        near.empty() ? fmt::format("one of: {}", joined(words))
                     : fmt::format("did you mean \"{}\"? One of: {}", near, joined(words)));
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

std::optional<std::uint32_t> read_id(const PolicyInput& input, NodeId node, std::string_view what) {
  const auto text = input.text(node, what);
  if (!text) return std::nullopt;
  if (parse_decimal(*text, no_id) == no_id) {
    input.error(node, fmt::format("{}: {} is (uid_t)-1, and so stands for no one", what, no_id));
    return std::nullopt;
  }
  const auto id = input.number(node, what, 0, highest_id);
  if (!id) return std::nullopt;
  return static_cast<std::uint32_t>(*id);
}

void read_ids(const PolicyInput& input, NodeId node, std::string_view what, std::vector<IdRange>& ids) {
  if (input.tree.kind(node) == NodeKind::scalar) return read_one(input, node, what, ids);
  input.each(node, fmt::format("a number, a range or a list of them for {}", what),
             [&](NodeId element) { read_one(input, element, what, ids); });
  if (input.tree.kind(node) == NodeKind::list && input.tree.first(node) == no_node)
    input.error(node, fmt::format("{}: an empty list governs no one", what), "leave the key out, or list the numbers");
}

}  // namespace egressc::model
