// The dialects a ruleset is printed in.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "egressc/ruleset.h"

namespace egressc {

// What a dialect can say. What a ruleset needs and a dialect lacks is an error before a byte is printed.
struct Features {
  bool live_sets = false;
};

struct Backend {
  std::string_view name;  // as in --to
  std::string_view summary;
  std::string_view file_name;  // in the directory of --to all
  Features features;
  std::string (*print)(const Ruleset& ruleset);
};

std::span<const Backend> backends();
const Backend* find_backend(std::string_view name);
// The most elements of a live set, in nftables. A name below a wildcard is chosen by who asks: neither memory nor the
// set may grow with it.
inline constexpr unsigned most_live_addresses = 65536;

// What the comment of the one rule of the nftables base chain says of the ruleset: "egressc VERSION policy sha256
// HASH".
std::string table_comment(const Ruleset& ruleset);

// Adds an error for everything in `ruleset` that `backend` cannot say.
void check_features(const Ruleset& ruleset, const Backend& backend, Diagnostics& diagnostics);

}  // namespace egressc
