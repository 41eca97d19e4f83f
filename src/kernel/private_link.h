// The links of a network namespace in which nothing is heard and nothing gets out.
#pragma once

#include <span>

#include "egressc/flow_space.h"
#include "egressc/diagnostics.h"
#include "kernel/owned_fd.h"

namespace egressc::kernel {

// Sets up the calling thread's network namespace, which must be new: the loopback link, and one that takes what is sent
// to any address of both families and asks nobody for a neighbour. Its own addresses are for documentation (RFC 5737,
// RFC 3849) and none of `flows` goes to them. Returns the index of the link.
Result<unsigned> set_up_links(std::span<const FlowPoint> flows);

}  // namespace egressc::kernel
