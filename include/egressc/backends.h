// The dialects a ruleset is printed in.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"
#include "egressc/ruleset.h"

namespace egressc {

enum class BackendKind : std::uint8_t {
  rules,     // a packet filter
  sets,      // what rules look up in sets that are not theirs
  resolver,  // what makes a resolver fill sets
};

struct Backend {
  std::string_view name;  // as in --to
  std::string_view summary;
  std::string_view file_name;  // in the directory of --to all
  BackendKind kind;
  std::string (*print)(const Ruleset& ruleset);
};

std::span<const Backend> all_backends();
const Backend* find_backend(std::string_view name);
// The most elements of a live set. A name below a wildcard is chosen by who asks: neither memory nor the set may grow
// with it.
inline constexpr unsigned most_live_addresses = 65536;

// Whether a grant follows DNS: then rules look up what others fill.
bool has_live_sets(const Ruleset& ruleset);

// What the comment of the one rule of the nftables base chain says of the ruleset: "egressc VERSION policy sha256
// HASH".
std::string table_comment(const Ruleset& ruleset);

// Adds an error for everything in `ruleset` that `backend` cannot say. A resolver takes a name for all that is below it
// as well, and "*.name" for the name itself: a warning for each if `accept_below`, else an error.
void check_features(const Ruleset& ruleset, const Backend& backend, bool accept_below, Diagnostics& diagnostics);

}  // namespace egressc
