#include "commands/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "egressc/filter.h"
#include "egressc/policy_flows.h"
#include "egressc/readers.h"

namespace egressc {
namespace {

constexpr std::size_t most_shown = 10;  // boxes of each kind

// One way to read a text: a ruleset for iptables holds one family, one for ferm both.
struct Reading {
  std::optional<Filter> filter;
  FlowSpace universe;
};

FlowSpace family_space(Family family) {
  FlowBox box;
  const Prefix all{family == Family::ipv4 ? ipv4(0) : Address{Family::ipv6, 0, 0}, 0};
  box.addresses = range_of(all);
  return FlowSpace(box) & possible_flows();
}

std::vector<Reading> read_back(const PrintedFile& file, LiveMarkers& markers, Diagnostics& diagnostics) {
  std::vector<Reading> readings;
  const auto add = [&](std::optional<Filter> filter, FlowSpace universe) {
    readings.push_back({std::move(filter), std::move(universe)});
  };
  constexpr std::array families{Family::ipv4, Family::ipv6};
  if (file.dialect == "nftables") {
    add(read_nftables(file.text, file.name, diagnostics, &markers), possible_flows());
  } else if (file.dialect == "iptables-restore" || file.dialect == "ip6tables-restore") {
    const Family family = families[file.dialect == "iptables-restore" ? 0 : 1];
    add(read_iptables(file.text, file.name, family, diagnostics), family_space(family));
  } else if (file.dialect == "ferm") {
    for (const Family family : families)
      add(read_ferm(file.text, file.name, family, diagnostics), family_space(family));
  }
  return readings;
}

void list(std::string& report, std::string_view what, const FlowSpace& flows) {
  if (flows.empty()) return;
  const std::vector<FlowBox> boxes = flows.boxes();
  report += fmt::format("  {}:\n", what);
  for (std::size_t i = 0; i < std::min(boxes.size(), most_shown); ++i)
    report += fmt::format("    {}\n", to_string(boxes[i]));
  if (boxes.size() > most_shown) report += fmt::format("    and {} more\n", boxes.size() - most_shown);
}

std::string differences(const PrintedFile& file, const FlowSpace& wanted, const FlowSpace& baseline,
                        LiveMarkers& markers) {
  Diagnostics diagnostics;
  std::string report;
  for (const Reading& reading : read_back(file, markers, diagnostics)) {
    if (!reading.filter) {
      report += diagnostics.render(false);
      continue;
    }
    const FlowSpace universe = reading.universe - baseline;
    const Meaning meaning = evaluate(*reading.filter, reading.universe);
    list(report, "the policy denies it, the output may allow it", (meaning.most & universe) - wanted);
    list(report, "the policy allows it, the output may deny it", (wanted & universe) - meaning.least);
  }
  return report.empty() ? report : fmt::format("{}:\n{}", file.dialect, report);
}

}  // namespace

std::string differences(std::span<const PrintedFile> files, const Policy& policy, std::optional<CivilDate> today) {
  try {
    LiveMarkers markers;
    const FlowSpace wanted = flows_of(policy, today, &markers);
    const FlowSpace baseline = baseline_flows(policy);
    std::string report;
    for (const PrintedFile& file : files) report += differences(file, wanted, baseline, markers);
    return report;
  } catch (const std::length_error&) {
    return "the flows of this policy do not fit into memory: they cannot be compared\n";
  }
}

}  // namespace egressc
