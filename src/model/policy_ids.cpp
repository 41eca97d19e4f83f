#include "model/policy_ids.h"

#include "egressc/observation.h"

namespace egressc {
namespace {

constexpr std::uint64_t highest_id = no_id - 1;

bool begins_number(std::string_view text) {
  return !text.empty() && ((text[0] >= '0' && text[0] <= '9') || text[0] == '-' || text[0] == '+');
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

}  // namespace egressc
