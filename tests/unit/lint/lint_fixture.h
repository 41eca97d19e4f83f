// Policies as text, and what lint() says of them.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/policy.h"
#include "lint/lint.h"

namespace egressc::lint_tests {

inline std::vector<Finding> findings_of(std::string_view policy, LintOptions options = {}) {
  Diagnostics diagnostics;
  const auto read = read_policy(policy, "p.yaml", nullptr, diagnostics);
  REQUIRE_MESSAGE(read.has_value(), diagnostics.render(false));
  options.file = "p.yaml";
  return lint_policy(*read, options);
}

// A policy of one subject, uid 1001, that logs; `grants` are lines of `allow`.
inline std::string with_grants(std::string_view grants, std::string_view settings = "") {
  return std::string("egressc: 1\nscope: subjects\nlog: {nflog: 5, rate: 10/second}\n")
      .append(settings)
      .append("subjects:\n  a:\n    uid: 1001\n    allow:\n")
      .append(grants);
}

// "id" for the rule's own severity, "id:note" for less, sorted.
inline std::vector<std::string> ids(const std::vector<Finding>& findings) {
  std::vector<std::string> names;
  for (const Finding& finding : findings) {
    const auto rule = std::find_if(lint_rules().begin(), lint_rules().end(),
                                   [&](const LintRule& known) { return known.id == finding.rule; });
    REQUIRE(rule != lint_rules().end());
    names.push_back(std::string(finding.rule) + (finding.severity == rule->severity ? "" : ":note"));
  }
  std::sort(names.begin(), names.end());
  return names;
}

inline std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

// Findings that every name or plain address gives: not what a row is about.
inline std::string ids_but(std::vector<std::string> names, std::vector<std::string_view> usual) {
  std::erase_if(names,
                [&](const std::string& name) { return std::find(usual.begin(), usual.end(), name) != usual.end(); });
  return joined(names);
}

inline const Finding& only(const std::vector<Finding>& findings, std::string_view rule) {
  const auto found =
      std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.rule == rule; });
  REQUIRE_MESSAGE(found != findings.end(), rule);
  CHECK(std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.rule == rule; }) ==
        1);
  return *found;
}

}  // namespace egressc::lint_tests
