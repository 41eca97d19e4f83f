// Policies as text, lowered, and counters of the table they become.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

#include "egressc/lower.h"
#include "usage/usage.h"

namespace egressc::usage_tests {

using End = RuleCount::End;

inline Policy policy(std::string_view text) {
  Diagnostics diagnostics;
  auto read = read_policy(text, "p.yaml", nullptr, diagnostics);
  REQUIRE_MESSAGE(read.has_value(), diagnostics.render(false));
  return *std::move(read);
}

// One subject, "agent" of uid 1001, with grants in YAML's flow style.
inline Policy grants(std::string_view list, std::string_view settings = "") {
  return policy("egressc: 1\nscope: subjects\n" + std::string(settings) + "subjects:\n  agent: {uid: 1001, allow: [" +
                std::string(list) + "]}\n");
}

inline Ruleset lowered(const Policy& policy, std::optional<CivilDate> today = std::nullopt) {
  Diagnostics diagnostics;
  auto made = lower_policy(policy, {"0.1.0", today, ""}, diagnostics);
  REQUIRE_MESSAGE(made.has_value(), diagnostics.render(false));
  return std::move(made->ruleset);
}

// An element as its set prints it: "192.0.2.0/24 tcp/1-9", "192.0.2.0/24" in a set for echo requests.
inline ElementCount element(std::string_view text, std::uint64_t packets) {
  ElementCount made;
  const std::size_t blank = text.find(' ');
  made.addresses = range_of(parse_prefix(text.substr(0, blank)).value());
  if (blank != text.npos) {
    const Service service = parse_service(text.substr(blank + 1)).value();
    made.protocol = service.protocol;
    made.ports = service.ports;
  }
  made.count = {packets, packets * 60};
  return made;
}

inline RuleCount rule(std::string chain, End end, std::uint64_t packets, std::string set = "",
                      std::string comment = "") {
  RuleCount made;
  made.chain = std::move(chain);
  made.end = end;
  made.count = {packets, packets * 60};
  made.set = std::move(set);
  made.comment = std::move(comment);
  return made;
}

inline Usage usage(const Policy& policy, const TableCounts& counts, std::optional<CivilDate> today = std::nullopt) {
  return usage_of(policy, lowered(policy, today), counts, today);
}

}  // namespace egressc::usage_tests
