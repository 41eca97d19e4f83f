// Joins the system calls of one host by (node, pid, descriptor), so that a connect(2) gets the protocol of its
// socket(2) and a UDP connect(2) is told from a UDP probe.
#pragma once

#include <span>

#include "egressc/observation.h"

namespace egressc {

struct DescriptorSummary {
  std::uint64_t not_egress = 0;  // port 0, disconnects, sends on connected streams
  std::uint64_t doubles = 0;     // the same record in two inputs
};

// Adds what the socket events of all `inputs` together come to, in any order. Inputs of different trust must not be
// mixed: a forged socket(2) would change what a true connect(2) means.
DescriptorSummary join_descriptors(std::span<const Observations* const> inputs, Observations& joined);

}  // namespace egressc
