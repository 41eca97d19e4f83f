// From the policy to the flows that are tried.
#include <algorithm>
#include <set>
#include <utility>

#include "egressc/policy_flows.h"
#include "egressc/rehearse.h"
#include "rehearse/around.h"
#include "rehearse/drawing.h"
#include "rehearse/granted.h"
#include "rehearse/mixer.h"

namespace egressc {
namespace {

constexpr std::size_t few = 16;  // denied flows of each kind are taken, however few are allowed

// What the policy says of a flow.
class Oracle {
 public:
  Oracle(const Policy& policy, std::optional<CivilDate> today)
      : allowed_(flows_of(policy, today)),
        perhaps_(baseline_flows(policy) - baseline_flows_at_least(policy) - allowed_) {}

  bool allows(const FlowPoint& flow) const { return allowed_.contains(flow); }
  bool knows(const FlowPoint& flow) const { return !perhaps_.contains(flow); }

 private:
  FlowSpace allowed_;
  FlowSpace perhaps_;
};

bool holds(const std::vector<IdRange>& ranges, std::uint32_t id) {
  return ranges.empty() || std::any_of(ranges.begin(), ranges.end(),
                                       [id](const IdRange& range) { return range.first <= id && id <= range.last; });
}

const Subject* holder_of(const Policy& policy, const FlowPoint& flow) {
  for (const Subject& subject : policy.subjects)
    if (holds(subject.uids, flow.uid) && holds(subject.gids, flow.gid)) return &subject;
  return nullptr;
}

class Choice {
 public:
  Choice(const Policy& policy, const ProbeOptions& options)
      : policy_(policy),
        options_(options),
        oracle_(policy, options.today),
        granted_(options.most),
        // Others that may pass, such as users whom the policy leaves alone, take a part of the allowed flows.
        let_alone_(options.most),
        denied_(probe_kinds, Drawing(std::max(options.most, few))) {}

  std::vector<Probe> make() {
    Drawing expired(options_.most);
    draw_granted(policy_, options_, granted_, expired);
    const std::vector<Candidate> granted = granted_.take();
    const std::vector<Candidate> old = expired.take();
    for (const Candidate& candidate : old) take(candidate.probe);

    Around around(policy_, options_, [&](const Probe& probe) { take(probe); });
    for (const Candidate& candidate : granted) around.neighbours(candidate);
    for (const Subject& subject : policy_.subjects) around.habits(&subject);
    around.habits(nullptr);

    for (const Candidate& candidate : granted) flows_.insert(candidate.probe.flow);
    const std::vector<Candidate> let_alone = let_alone_.take();
    const std::size_t others = std::min(options_.most / 4, std::max(granted.size() / 2, few));
    for (const Candidate& candidate : let_alone)
      if (probes_.size() < others) choose(candidate.probe);
    flows_.clear();
    for (const Candidate& candidate : granted)
      if (probes_.size() < options_.most) choose(candidate.probe);
    choose_denied(probes_.size());
    return finish();
  }

 private:
  void take(Probe probe) {
    if (!oracle_.knows(probe.flow)) return;
    Candidate candidate;
    candidate.key = Mixer(options_.seed).with(static_cast<std::uint64_t>(probe.kind)).with(probe.flow).value();
    candidate.probe = probe;
    candidate.probe.allowed = oracle_.allows(probe.flow);
    (candidate.probe.allowed ? let_alone_ : denied_[static_cast<std::size_t>(probe.kind)]).add(candidate);
  }

  void choose(Probe probe) {
    if (!oracle_.knows(probe.flow) || !flows_.insert(probe.flow).second) return;
    probe.allowed = oracle_.allows(probe.flow);
    probes_.push_back(probe);
  }

  // In turn of each kind.
  void choose_denied(std::size_t allowed) {
    std::vector<std::vector<Candidate>> kinds;
    std::size_t least = 0;
    for (Drawing& drawing : denied_) {
      kinds.push_back(drawing.take());
      least += std::min(kinds.back().size(), few);
    }
    const std::size_t wanted = probes_.size() + std::min(options_.most, std::max(allowed, least));
    std::size_t longest = 0;
    for (const auto& kind : kinds) longest = std::max(longest, kind.size());
    for (std::size_t turn = 0; turn < longest; ++turn)
      for (const auto& kind : kinds)
        if (turn < kind.size() && probes_.size() < wanted) choose(kind[turn].probe);
  }

  std::vector<Probe> finish() {
    std::sort(probes_.begin(), probes_.end(), [](const Probe& a, const Probe& b) { return a.flow < b.flow; });
    for (Probe& probe : probes_) probe.subject = holder_of(policy_, probe.flow);
    return std::move(probes_);
  }

  const Policy& policy_;
  const ProbeOptions& options_;
  Oracle oracle_;
  Drawing granted_;
  Drawing let_alone_;
  std::vector<Drawing> denied_;  // by kind
  std::vector<Probe> probes_;
  std::set<FlowPoint> flows_;  // that are not to be chosen, or not again
};

}  // namespace

std::vector<Probe> choose_probes(const Policy& policy, const ProbeOptions& options) {
  return Choice(policy, options).make();
}

}  // namespace egressc
