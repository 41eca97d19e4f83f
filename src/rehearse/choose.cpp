// From the policy to the flows that are tried.
#include <algorithm>
#include <set>
#include <utility>

#include "egressc/policy.h"
#include "rehearse/probes.h"

namespace egressc::rehearse {

void Drawing::add(const Candidate& candidate) {
  if (!wants(candidate.key)) return;
  candidates_.push_back(candidate);
  constexpr std::size_t slack = 64;
  if (candidates_.size() > 2 * most_ + slack) prune();
}

std::vector<Candidate> Drawing::take() {
  prune();
  return std::exchange(candidates_, {});
}

void Drawing::prune() {
  std::stable_sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.key != b.key ? a.key < b.key : a.probe.flow < b.probe.flow;
  });
  const auto same = [](const Candidate& a, const Candidate& b) { return a.probe.flow == b.probe.flow; };
  candidates_.erase(std::unique(candidates_.begin(), candidates_.end(), same), candidates_.end());
  if (candidates_.size() < most_) return;
  candidates_.resize(most_);
  full_ = true;
  last_key_ = candidates_.empty() ? 0 : candidates_.back().key;
}

namespace {

constexpr std::size_t enough_denied = 500;  // so many denied flows are tried even where fewer are allowed

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

bool holds(const std::vector<IdRange>& ranges, std::uint32_t id) { return ranges.empty() || contains(ranges, id); }

const Subject* holder_of(const Policy& policy, const FlowPoint& flow) {
  for (const Subject& subject : policy.subjects)
    if (holds(subject.uids, flow.uid) && holds(subject.gids, flow.gid)) return &subject;
  return nullptr;
}

// A drawing of each kind.
using Drawings = std::vector<Drawing>;

class Choice {
 public:
  Choice(const Policy& policy, const ProbeOptions& options)
      : policy_(policy),
        options_(options),
        oracle_(policy, options.today),
        let_alone_(probe_kinds, Drawing(options.most)),
        denied_(probe_kinds, Drawing(options.most)) {}

  std::vector<Probe> make() {
    Drawing drawing_of_granted(options_.most), drawing_of_expired(options_.most);
    draw_granted(policy_, options_, drawing_of_granted, drawing_of_expired);
    const std::vector<Candidate> granted = drawing_of_granted.take();
    for (const Candidate& candidate : drawing_of_expired.take()) take(candidate.probe, candidate.rank());

    Around around(policy_, options_, [this](const Probe& probe, std::uint64_t rank) { take(probe, rank); });
    for (const Candidate& candidate : granted) around.neighbours(candidate);
    for (const Subject& subject : policy_.subjects) around.habits(&subject);
    around.habits(nullptr);

    // What else may pass, such as flows of users whom the policy leaves alone, takes a part.
    for (const Candidate& candidate : granted) flows_.insert(candidate.probe.flow);
    choose_in_turn(let_alone_, granted.size() / 2, options_.most / 4);
    flows_.clear();
    for (const Candidate& candidate : granted)
      if (probes_.size() < options_.most) choose(candidate.probe);
    choose_in_turn(denied_, std::max(probes_.size(), enough_denied), options_.most);
    return finish();
  }

 private:
  void take(Probe probe, std::uint64_t rank) {
    if (!oracle_.knows(probe.flow)) return;
    probe.allowed = oracle_.allows(probe.flow);
    const auto kind = static_cast<std::size_t>(probe.kind);
    const std::uint64_t key = key_of(rank, Mixer(options_.seed).with(kind).with(probe.flow).value());
    (probe.allowed ? let_alone_ : denied_)[kind].add({key, probe, {}, {}});
  }

  bool choose(Probe probe) {
    if (!oracle_.knows(probe.flow) || !flows_.insert(probe.flow).second) return false;
    probe.allowed = oracle_.allows(probe.flow);
    probes_.push_back(probe);
    return true;
  }

  // One of each kind after the other: all of the first rank, and more if these are less than `wanted`; never more than
  // `most`.
  void choose_in_turn(Drawings& drawings, std::size_t wanted, std::size_t most) {
    std::vector<std::vector<Candidate>> kinds;
    std::size_t longest = 0;
    for (Drawing& drawing : drawings) longest = std::max(longest, kinds.emplace_back(drawing.take()).size());
    std::size_t chosen = 0;
    const auto choose_all = [&](std::size_t limit, std::uint64_t last_rank) {
      for (std::size_t turn = 0; turn < longest; ++turn)
        for (const auto& kind : kinds)
          if (chosen < limit && turn < kind.size() && kind[turn].rank() <= last_rank)
            chosen += choose(kind[turn].probe);
    };
    choose_all(most, 0);
    choose_all(std::min(wanted, most), ~std::uint64_t{0});
  }

  std::vector<Probe> finish() {
    std::sort(probes_.begin(), probes_.end(), [](const Probe& a, const Probe& b) { return a.flow < b.flow; });
    for (Probe& probe : probes_) probe.subject = holder_of(policy_, probe.flow);
    return std::move(probes_);
  }

  const Policy& policy_;
  const ProbeOptions& options_;
  Oracle oracle_;
  Drawings let_alone_;
  Drawings denied_;
  std::vector<Probe> probes_;
  std::set<FlowPoint> flows_;  // that are not to be chosen, or not again
};

}  // namespace
}  // namespace egressc::rehearse

namespace egressc {

std::vector<Probe> choose_probes(const Policy& policy, const ProbeOptions& options) {
  return rehearse::Choice(policy, options).make();
}

}  // namespace egressc
