#include "egressc/flow_space.h"

#include <algorithm>
#include <array>
#include <vector>

#include "model/policy_grant_flows.h"

namespace egressc {
namespace {

// Whoever the policy has a say in: all of a subject's uids, whatever the gid, since a uid is governed whole.
FlowSpace governed(const Policy& policy) {
  std::vector<FlowBox> boxes;
  for (const Subject& subject : policy.subjects) {
    for (const IdRange& uids : subject.uids) boxes.emplace_back().uids = uids;
    if (!subject.uids.empty()) continue;
    for (const IdRange& gids : subject.gids) boxes.emplace_back().gids = gids;
  }
  return FlowSpace::from_boxes(boxes);
}

FlowSpace flows_of_others(const Policy& policy) {
  FlowSpace others = possible_flows() - governed(policy);
  if (policy.scope == Scope::subjects) return others;
  const auto& words = policy.baseline;
  if (std::find(words.begin(), words.end(), Baseline::loopback) == words.end()) return {};
  FlowBox loopback;
  loopback.loopback = true;
  return others & FlowSpace(loopback);
}

}  // namespace

FlowSpace possible_flows() {
  std::array<FlowBox, 2> boxes;
  boxes[0].uids = boxes[0].gids = every_id;
  boxes[1].uids = boxes[1].gids = {no_id, no_id};
  return FlowSpace::from_boxes(boxes);
}

FlowSpace possible_flows(Family family) {
  FlowBox box;
  box.addresses = range_of(Prefix{{family, 0, 0}, 0});
  return FlowSpace(box) & possible_flows();
}

FlowSpace flows_of(const Policy& policy, std::optional<CivilDate> today, LiveMarkers* markers) {
  if (policy.mode == Mode::monitor) return possible_flows();
  return granted_flows(policy, today, markers) | flows_of_others(policy);
}

}  // namespace egressc
