// Policies as text, and what changes from one to another.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "egressc/compare.h"
#include "egressc/flow_space.h"

namespace egressc::compare_tests {

inline Side side(std::string name, std::string_view text, LiveMarkers* markers = nullptr) {
  Diagnostics diagnostics;
  const auto policy = read_policy(text, name, nullptr, diagnostics);
  REQUIRE_MESSAGE(policy.has_value(), diagnostics.render(false));
  Side side{std::move(name), {}, possible_flows(), policy};
  side.meaning.least = flows_of(*policy, std::nullopt, markers);
  side.meaning.most = side.meaning.least | baseline_flows(*policy);
  return side;
}

// A ruleset that is fully understood.
inline Side ruleset(const FlowSpace& flows, const FlowSpace& universe = possible_flows()) {
  return {"rules", {flows & universe, flows & universe, {}}, universe, std::nullopt};
}

inline FlowSpace family(Family family) {
  FlowBox box;
  box.addresses = range_of(Prefix{{family, 0, 0}, 0});
  return FlowSpace(box) & possible_flows();
}

inline std::string policy(std::string_view subjects, std::string_view settings = "scope: subjects\n") {
  return std::string("egressc: 1\n").append(settings).append("subjects:\n").append(subjects);
}

// A policy of one subject, uid 1001, in YAML's flow style: "{to: 203.0.113.7, ports: [tcp/443]}".
inline std::string grants(std::string_view list) {
  return policy("  agent: {uid: 1001, allow: [" + std::string(list) + "]}\n");
}

inline std::vector<SubjectDifference> subjects_of(const Side& before, const Side& after,
                                                  const LiveMarkers& markers = LiveMarkers()) {
  return by_subject(compare_sides(before, after), before, after, markers);
}

inline std::string text_of(const Side& before, const Side& after, const LiveMarkers& markers = LiveMarkers()) {
  return describe(subjects_of(before, after, markers), false);
}

}  // namespace egressc::compare_tests
