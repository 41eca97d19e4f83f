#include "prove/verify.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "egressc/policy.h"
#include "model/words/words.h"
#include "prove/read_back.h"

namespace egressc::prove {
namespace {

constexpr std::size_t most_shown = 10;  // boxes of each kind

// With a grant to "*.name" beside each live one to "name", and the reverse: what a resolver makes of it that takes a
// name with all that is below it.
Policy with_names_below(Policy policy) {
  for (Subject& subject : policy.subjects) {
    const std::size_t count = subject.allow.size();
    for (std::size_t i = 0; i < count; ++i) {
      const Grant& grant = subject.allow[i];
      if (!grant.live) continue;
      const DomainName& name = grant.names.front();
      auto other = name.is_wildcard() ? DomainName::parse(std::string_view(name.key()).substr(2))
                                      : DomainName::parse_pattern("*." + name.key());
      if (!other) continue;  // too long a name for one to be below it
      Grant more = grant;
      more.names = {std::move(*other)};
      more.addresses.clear();
      subject.allow.push_back(std::move(more));
    }
  }
  return policy;
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
    if (boxes.size() > most_shown) say(fmt::format("   {}\n", and_more(boxes.size() - most_shown)));
  }
  void say(const std::string& text) {
    if (!dialect_.empty()) text_ += fmt::format("{}:\n", std::exchange(dialect_, {}));
    text_ += text;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string live_name(const FlowBox& box) const {
    if (!box.addresses) return {};
    std::string labels;
    std::optional<Address> at = box.addresses->first;
    for (std::size_t i = 0; at && *at <= box.addresses->last; ++i, at = next(*at)) {
      const auto label = markers_.label(*at);
      if (!label) return {};
      if (i == most_shown) return fmt::format(" (markers: what {} and others come to mean)", labels);
      add_part(labels, fmt::format("\"{}\"", *label));
    }
    return fmt::format(" (a marker: what {} comes to mean)", labels);
  }

  const LiveMarkers& markers_;
  std::string_view dialect_;  // until something is said of it
  std::string text_;
};

class Verifier {
 public:
  Verifier(std::span<const PrintedFile> files, std::span<const PrintedFile> beside, const Policy& policy,
           std::optional<CivilDate> today, Dialects rows)
      : policy_(policy),
        today_(today),
        granted_(flows_of(policy, today, &markers_)),
        least_(granted_ | baseline_flows_at_least(policy)),
        most_(granted_ | baseline_flows(policy)),
        partly_(most_ - least_),
        report_(markers_),
        rows_(rows),
        read_back_(files, beside, markers_, rows) {}

  void check_text(const PrintedFile& file) {
    report_.begin(file.dialect);
    const Dialect* dialect = find_dialect(file.dialect, rows_);
    if (dialect != nullptr && dialect->kind == DialectKind::resolver) return check_resolver(file, *dialect);
    for (const Reading& reading : read_back_.read(file)) check(reading);
  }

  void check_listing(const PrintedFile& file, const Listing& listing) {
    report_.begin(file.dialect);
    for (const Reading& reading : read_back_.read(file, listing)) check(reading);
  }

  // As the kernel takes them: with the rules.
  std::string_view sets() const { return read_back_.sets() == nullptr ? std::string_view() : read_back_.sets()->text; }

  std::string take() { return report_.take(); }

 private:
  void check(const Reading& reading) {
    if (!reading.filter) return report_.say(reading.complaint);
    const FlowSpace& universe = reading.universe;
    const Meaning meaning = evaluate(*reading.filter, universe);
    report_.add(opens, meaning.most - most_);
    report_.add(closes, (least_ & universe) - meaning.least);
    report_.add("the baseline allows some of it, the output none", (partly_ & universe) - meaning.most);
    report_.add("the baseline allows some of it, the output all", partly_ & meaning.least);
  }

  // What is granted for a name must not stay closed, nor anything open beyond what is below the names.
  void check_resolver(const PrintedFile& file, const Dialect& dialect) {
    const ReadBack::Filled filled = read_back_.read_resolver(file, dialect);
    for (const Reading& reading : filled.surely) {
      if (!reading.filter) return report_.say(reading.complaint);
      report_.add(closes, (least_ & reading.universe) - evaluate(*reading.filter, reading.universe).least);
    }
    if (filled.possibly.empty()) return;
    const FlowSpace most = most_ | flows_of(with_names_below(policy_), today_, &markers_);
    for (const Reading& reading : filled.possibly) {
      if (!reading.filter) return report_.say(reading.complaint);
      report_.add(opens, evaluate(*reading.filter, reading.universe).most - most);
    }
  }

  static constexpr std::string_view opens = "the policy denies it, the output may allow it";
  static constexpr std::string_view closes = "the policy allows it, the output may deny it";

  const Policy& policy_;
  std::optional<CivilDate> today_;
  LiveMarkers markers_;
  // The baseline's rules ask for more than a flow has. So there are two bounds, and the output has to meet both.
  const FlowSpace granted_;
  const FlowSpace least_;
  const FlowSpace most_;
  const FlowSpace partly_;
  Report report_;
  Dialects rows_;
  ReadBack read_back_;
};

constexpr std::string_view too_complex = "the flows of this policy do not fit into memory: they cannot be compared\n";

}  // namespace
}  // namespace egressc::prove

namespace egressc {

std::string differences(std::span<const PrintedFile> files, const Policy& policy, std::optional<CivilDate> today,
                        std::span<const PrintedFile> beside, Dialects rows) {
  using namespace prove;
  const auto found = within_flow_limit([&] {
    Verifier verifier(files, beside, policy, today, rows);
    for (const PrintedFile& file : files) verifier.check_text(file);
    return verifier.take();
  });
  return found ? *found : std::string(too_complex);
}

Result<std::string> kernel_differences(std::span<const PrintedFile> files, const Policy& policy,
                                       std::optional<CivilDate> today, Kernel& kernel, Diagnostics& diagnostics,
                                       std::span<const PrintedFile> beside, Dialects rows) {
  using namespace prove;
  const auto found = within_flow_limit([&]() -> Result<std::string> {
    Verifier verifier(files, beside, policy, today, rows);
    for (const PrintedFile& file : files) {
      const auto trial = read_back_from_kernel(file, verifier.sets(), kernel, rows);
      if (!trial) return trial.failure();
      if (!*trial) {
        verifier.check_text(file);
      } else if ((*trial)->outcome == TrialOutcome::loaded) {
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
  });
  return found ? *found : std::string(too_complex);
}

}  // namespace egressc
