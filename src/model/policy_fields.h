// Maps with known keys.
#pragma once

#include <algorithm>
#include <span>

#include "model/policy_input.h"

namespace egressc {

template <typename T>
struct MapField {
  std::string_view name;
  void (*read)(const PolicyInput& input, NodeId value, T& into);
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

}  // namespace egressc
