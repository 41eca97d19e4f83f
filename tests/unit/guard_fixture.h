// Guards and policies as text, and what becomes of them.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "egressc/ceiling.h"
#include "learn_fixture.h"

namespace egressc::test {

inline Guard guard_of(const std::string& text, const std::string& file = "g.yaml") {
  Diagnostics diagnostics;
  auto guard = read_guard("egressc-guard: 1\n" + text, file, nullptr, diagnostics);
  REQUIRE_MESSAGE(guard.has_value(), diagnostics.render(false));
  return std::move(*guard);
}

// Of the subject `a` with uid 1000, if `text` is only its grants.
inline Policy policy(const std::string& text) {
  const std::string head = "egressc: 1\nscope: subjects\n";
  Diagnostics diagnostics;
  auto policy =
      read_policy(text.starts_with("[") ? head + "subjects: {a: {uid: 1000, allow: " + text + "}}\n" : head + text,
                  "p.yaml", nullptr, diagnostics);
  REQUIRE_MESSAGE(policy.has_value(), diagnostics.render(false));
  return std::move(*policy);
}

}  // namespace egressc::test
