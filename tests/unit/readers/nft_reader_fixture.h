// nftables texts as egressc writes them, read and evaluated.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

#include "egressc/flow_space.h"
#include "egressc/readers.h"

namespace egressc::test {

inline std::string table(std::string_view body) {
  return "add table inet t\ndelete table inet t\ntable inet t {\n" + std::string(body) + "}\n";
}

// A base chain with these rules, and the policy "drop".
inline std::string output(std::string_view rules) {
  return "\tchain output {\n\t\ttype filter hook output priority filter; policy drop;\n" + std::string(rules) + "\t}\n";
}

inline Meaning meaning_of(const std::string& text) {
  Diagnostics diagnostics;
  const std::optional<Filter> filter = read_nftables(text, "policy.nft", diagnostics);
  CAPTURE(diagnostics.render(false));
  REQUIRE(filter.has_value());
  CHECK(diagnostics.all().empty());
  return evaluate(*filter, possible_flows());
}

}  // namespace egressc::test
