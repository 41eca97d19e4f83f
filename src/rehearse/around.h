// Flows beside what is granted, and those that nobody should have without a grant.
#pragma once

#include <cstdint>
#include <functional>

#include "egressc/policy.h"
#include "rehearse/rehearse.h"
#include "rehearse/drawing.h"
#include "rehearse/mixer.h"

namespace egressc {

// Where flows go; each can be sent, by ids that a socket can have. Those of a low rank matter most.
using TakeProbe = std::function<void(const Probe& probe, std::uint64_t rank)>;

class Around {
 public:
  Around(const Policy& policy, const ProbeOptions& options, TakeProbe take);

  // One step from a flow that was drawn, in every field.
  void neighbours(const Candidate& candidate);
  // What a subject may want without a grant, or somebody of whom the policy does not speak (nullptr).
  void habits(const Subject* subject);

 private:
  void addresses(const Candidate& candidate);
  void ports(const Candidate& candidate);
  void protocols(const Candidate& candidate);
  void family(const Candidate& candidate);
  void users(const Candidate& candidate);
  const Subject& another_than(const Subject& subject, const FlowPoint& flow) const;
  void groups(const Candidate& candidate);
  void beside(const Subject& subject, const FlowPoint& flow);
  void give(const FlowPoint& flow, ProbeKind kind, const Candidate& from, std::uint64_t behind = 0);
  void give(const FlowPoint& flow, ProbeKind kind, const Grant* grant, std::uint64_t rank);

  const Policy& policy_;
  const ProbeOptions& options_;
  TakeProbe take_;
  Mixer mixer_;
  // Ids that the policy does not speak of, as far as there are any.
  std::uint32_t no_uid_;
  std::uint32_t no_gid_;
};

}  // namespace egressc
