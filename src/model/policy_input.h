// The scalars of a policy file, and complaints about them. No scalar means more or less for being quoted.
#pragma once

#include <fmt/core.h>

#include <optional>
#include <span>

#include "egressc/policy.h"
#include "model/complaints.h"
#include "model/document/document.h"

namespace egressc {

struct PolicyInput {
  const Tree& tree;
  Complaints& complaints;
  const UserIds* users;

  void error(NodeId node, std::string message, std::string hint = {}) const;
  // `what` was wanted at `node`, and there is something of another kind.
  void wrong_kind(NodeId node, std::string_view what) const;
  Location where(NodeId node) const { return complaints.at(tree.mark(node)); }

  // nullopt after a complaint. `what` names the value: "nflog".
  std::optional<std::string_view> text(NodeId node, std::string_view what) const;
  std::optional<std::uint64_t> number(NodeId node, std::string_view what, std::uint64_t least,
                                      std::uint64_t most) const;
  std::optional<bool> flag(NodeId node, std::string_view what) const;

  // One of `words`, whose to_string() is in the file.
  template <typename Word>
  std::optional<Word> word(NodeId node, std::string_view what, std::span<const Word> words) const {
    const auto found = text(node, what);
    if (!found) return std::nullopt;
    std::vector<std::string_view> names;
    for (const Word word : words) {
      names.push_back(to_string(word));
      if (names.back() == *found) return word;
    }
    unknown_word(node, what, names);
    return std::nullopt;
  }
  void unknown_word(NodeId node, std::string_view what, const std::vector<std::string_view>& words) const;

  // Calls read(node) for each element of the list at `node`.
  template <typename Read>
  void each(NodeId node, std::string_view what, Read read) const {
    if (tree.kind(node) != NodeKind::list) return wrong_kind(node, what);
    for (NodeId at = tree.first(node); at != no_node; at = tree.next(at)) read(at);
  }
};

// Decimal digits without a leading zero, not above `most`.
std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t most);
// What to write instead of `text`, a number that no parse_decimal() takes; "" if it is not clear.
std::string hint_for_number(std::string_view text);

}  // namespace egressc
