// Joins the system calls of one host by (node, pid, descriptor), so that a connect(2) gets the protocol of its
// socket(2) and a UDP connect(2) is told from a UDP probe.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "egressc/observation.h"

namespace egressc {

// `text` is the exe's; Connection.exe is not set.
using ConnectionSink = std::function<void(const Connection& connection, std::string_view exe)>;

struct DescriptorSummary {
  std::uint64_t not_egress = 0;  // port 0, disconnects, sends on connected streams
  std::uint64_t doubles = 0;     // the same record in two inputs
};

// The socket events of all `inputs` together, in any order. Inputs of different trust must not be mixed: a forged
// socket(2) would change what a true connect(2) means.
DescriptorSummary join_descriptors(std::span<const Observations* const> inputs, const ConnectionSink& sink);

}  // namespace egressc
