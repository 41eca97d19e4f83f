#include "commands/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "commands/verify_kernel.h"
#include "egressc/filter.h"
#include "egressc/live.h"
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
    add(read_iptables(file.text, file.name, family, diagnostics), possible_flows(family));
  } else if (file.dialect == "ferm") {
    for (const Family family : families)
      add(read_ferm(file.text, file.name, family, diagnostics), possible_flows(family));
  }
  return readings;
}

// What of the two is not the same, box by box.
class Report {
 public:
  explicit Report(const LiveMarkers& markers) : markers_(markers) {}

  void begin(std::string_view dialect) { dialect_ = dialect; }
  void add(std::string_view what, const FlowSpace& flows) {
    if (flows.empty()) return;
    const std::vector<FlowBox> boxes = flows.boxes();
    say(fmt::format("  {}:\n", what));
    for (std::size_t i = 0; i < std::min(boxes.size(), most_shown); ++i)
      say(fmt::format("    {}{}\n", to_string(boxes[i]), live_name(boxes[i])));
    if (boxes.size() > most_shown) say(fmt::format("    and {} more\n", boxes.size() - most_shown));
  }
  void say(const std::string& text) {
    if (!dialect_.empty()) text_ += fmt::format("{}:\n", std::exchange(dialect_, {}));
    text_ += text;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string live_name(const FlowBox& box) const {
    if (!box.addresses || box.addresses->first != box.addresses->last) return {};
    const auto label = markers_.label(box.addresses->first);
    return label ? fmt::format(" (a marker: what \"{}\" comes to mean)", *label) : std::string();
  }

  const LiveMarkers& markers_;
  std::string_view dialect_;  // until something is said of it
  std::string text_;
};

class Verifier {
 public:
  Verifier(const Policy& policy, std::optional<CivilDate> today)
      : granted_(flows_of(policy, today, &markers_)),
        least_(granted_ | baseline_flows_at_least(policy)),
        most_(granted_ | baseline_flows(policy)),
        partly_(most_ - least_),
        report_(markers_) {}

  void check_text(const PrintedFile& file) {
    report_.begin(file.dialect);
    Diagnostics diagnostics;
    for (const Reading& reading : read_back(file, markers_, diagnostics)) check(reading, diagnostics);
  }

  void check_listing(const PrintedFile& file, const Listing& listing) {
    report_.begin(file.dialect);
    Diagnostics diagnostics;
    if (!listing.nftables_json.empty())
      check({read_nftables_json(listing.nftables_json, file.name, diagnostics, {&markers_, {}}), possible_flows()},
            diagnostics);
    for (const XtablesListing& saved : listing.xtables)
      check({read_iptables(saved.text, file.name, saved.family, diagnostics), possible_flows(saved.family)},
            diagnostics);
  }

  std::string take() { return report_.take(); }

 private:
  void check(const Reading& reading, const Diagnostics& diagnostics) {
    if (!reading.filter) return report_.say(diagnostics.render(false));
    const FlowSpace& universe = reading.universe;
    const Meaning meaning = evaluate(*reading.filter, universe);
    report_.add("the policy denies it, the output may allow it", meaning.most - most_);
    report_.add("the policy allows it, the output may deny it", (least_ & universe) - meaning.least);
    report_.add("the baseline allows some of it, the output none", (partly_ & universe) - meaning.most);
    report_.add("the baseline allows some of it, the output all", partly_ & meaning.least);
  }

  LiveMarkers markers_;
  // The baseline's rules ask for more than a flow has. So there are two bounds, and the output has to meet both.
  const FlowSpace granted_;
  const FlowSpace least_;
  const FlowSpace most_;
  const FlowSpace partly_;
  Report report_;
};

constexpr std::string_view too_complex = "the flows of this policy do not fit into memory: they cannot be compared\n";

}  // namespace

std::string differences(std::span<const PrintedFile> files, const Policy& policy, std::optional<CivilDate> today) {
  try {
    Verifier verifier(policy, today);
    for (const PrintedFile& file : files) verifier.check_text(file);
    return verifier.take();
  } catch (const std::length_error&) { return std::string(too_complex); }
}

Result<std::string> kernel_differences(std::span<const PrintedFile> files, const Policy& policy,
                                       std::optional<CivilDate> today, Kernel& kernel, Diagnostics& diagnostics) {
  try {
    Verifier verifier(policy, today);
    for (const PrintedFile& file : files) {
      const auto trial = read_back_from_kernel(file, kernel);
      if (!trial) return trial.failure();
      if (!*trial) continue;
      if ((*trial)->outcome == TrialOutcome::loaded) {
        verifier.check_listing(file, (*trial)->listing);
      } else if ((*trial)->outcome == TrialOutcome::too_large) {
        diagnostics.warning({file.name, 0, 0},
                            "the ruleset is too large for this kernel without root: a model checked it",
                            "run egressc as root, or say --verify model");
        verifier.check_text(file);
      } else {
        for (const Diagnostic& diagnostic : (*trial)->refusal.all()) diagnostics.add(diagnostic);
      }
    }
    return verifier.take();
  } catch (const std::length_error&) { return std::string(too_complex); }
}

}  // namespace egressc
