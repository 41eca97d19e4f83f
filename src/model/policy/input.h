// The scalars of a policy file, and complaints about them. No scalar means more or less for being quoted.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <span>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "model/document/document.h"
#include "model/document/yaml.h"
#include "model/words/text.h"

namespace egressc {
struct Grant;
struct Review;
}  // namespace egressc

namespace egressc::model {

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

// What to write instead of `text`, a number that no parse_decimal() takes; "" if it is not clear.
std::string hint_for_number(std::string_view text);

// Maps with known keys.

using Input = const PolicyInput&;

template <typename T>
struct MapField {
  std::string_view name;
  void (*read)(Input input, NodeId value, T& into);
};

// Reads the map at `node` into `into`; `what` names it: "a grant". False if it is no map.
template <typename T>
bool read_fields(const PolicyInput& input, NodeId node, std::string_view what, std::span<const MapField<T>> fields,
                 T& into) {
  const Tree& tree = input.tree;
  if (tree.kind(node) != NodeKind::map) {
    input.wrong_kind(node, what);
    return false;
  }
  for (NodeId key = tree.first(node); key != no_node; key = tree.next(tree.next(key))) {
    if (tree.kind(key) != NodeKind::scalar) continue;  // read_document() has complained
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const MapField<T>& known) { return known.name == tree.text(key); });
    if (field != fields.end()) {
      field->read(input, tree.next(key), into);
      continue;
    }
    std::vector<std::string_view> names;
    for (const MapField<T>& known : fields) names.push_back(known.name);
    input.unknown_word(key, fmt::format("key of {}", what), names);
  }
  return true;
}

// `uid` and `gid` of the policy file.

// A number, "first-last", the name of a user, or a list of those; added to `ids`. `what` is "uid" or "gid".
void read_ids(const PolicyInput& input, NodeId node, std::string_view what, std::vector<IdRange>& ids);
// A number.
std::optional<std::uint32_t> read_id(const PolicyInput& input, NodeId node, std::string_view what);

// Where a grant leads: `to` and `addresses` of the policy file.

// A name, "*.name", an address, a prefix, or a list of at least two names.
void read_destination(const PolicyInput& input, NodeId node, Grant& grant);
// A list of addresses and prefixes; `what` names it.
void read_addresses(const PolicyInput& input, NodeId node, std::string_view what, std::vector<Prefix>& addresses);
// One address; `what` names it.
std::optional<Address> read_address(const PolicyInput& input, NodeId node, std::string_view what);

// `allow` and `review` of the policy file.

void read_allow(const PolicyInput& input, NodeId node, std::vector<Grant>& allow);
void read_review(const PolicyInput& input, NodeId node, std::vector<Review>& review);
// A list of protocols with ports.
void read_services(const PolicyInput& input, NodeId node, std::vector<Service>& services);

}  // namespace egressc::model
