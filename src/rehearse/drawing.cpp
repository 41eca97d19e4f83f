#include "rehearse/drawing.h"

#include <algorithm>
#include <utility>

namespace egressc {

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

}  // namespace egressc
