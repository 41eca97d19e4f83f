// A policy file as text, extended.
#pragma once

#include <string>
#include <string_view>

#include "egressc/policy.h"
#include "extend/extend.h"

namespace egressc::extend_tests {

inline Policy written(std::string_view text) {
  Diagnostics diagnostics;
  auto policy = read_policy_as_written(text, "p.yaml", nullptr, diagnostics);
  return policy ? std::move(*policy) : Policy{};
}

inline std::string normal_json(Policy policy) {
  normalize(policy);
  return write_policy_json(policy);
}

// The text after the extension; "" if it does not say what the extended policy does.
inline std::string extended(std::string_view text, const Policy& learnt, const ExtendOptions& options = {},
                            Extended* result = nullptr) {
  const Policy base = written(text);
  Extended more = extend_policy(base, learnt, options);
  std::string edited = edit_policy(text, base, more.policy);
  const std::string meant = normal_json(more.policy);
  if (result != nullptr) *result = std::move(more);
  return normal_json(written(edited)) == meant ? edited : "";
}

// What logs showed: subjects uid-N with these grants and entries of review, as lines of YAML.
inline Policy learnt(std::string_view subjects) {
  Diagnostics diagnostics;
  return *read_policy("egressc: 1\nscope: subjects\nsubjects:\n" + std::string(subjects), "l.yaml", nullptr,
                      diagnostics);
}

}  // namespace egressc::extend_tests
