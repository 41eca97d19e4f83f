#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "egressc/policy.h"

namespace egressc {
namespace {

template <typename T>
void append(std::vector<T>& into, std::vector<T>&& from) {
  into.insert(into.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void require_same(bool same, std::string_view setting, std::string_view one, std::string_view other,
                  Diagnostics& diagnostics) {
  if (same) return;
  diagnostics.error({}, fmt::format("the policies differ in `{}`: {} and {}", setting, one, other),
                    fmt::format("make them agree, or compile them one by one"));
}

}  // namespace

void merge_policy(Policy& into, Policy from, Diagnostics& diagnostics) {
  require_same(into.scope == from.scope, "scope", to_string(into.scope), to_string(from.scope), diagnostics);
  require_same(into.deny == from.deny, "deny", to_string(into.deny), to_string(from.deny), diagnostics);
  require_same(into.mode == from.mode, "mode", to_string(into.mode), to_string(from.mode), diagnostics);
  require_same(into.established == from.established, "established", to_string(into.established),
               to_string(from.established), diagnostics);
  require_same(into.log == from.log, "log", "one rule", "another", diagnostics);
  append(into.resolvers, std::move(from.resolvers));
  append(into.baseline, std::move(from.baseline));
  append(into.review, std::move(from.review));
  for (Subject& subject : from.subjects) {
    const auto same = [&](const Subject& known) { return known.uids == subject.uids && known.gids == subject.gids; };
    const auto known = std::find_if(into.subjects.begin(), into.subjects.end(), same);
    if (known == into.subjects.end()) {
      into.subjects.push_back(std::move(subject));
      continue;
    }
    append(known->allow, std::move(subject.allow));
    append(known->review, std::move(subject.review));
  }
}

}  // namespace egressc
