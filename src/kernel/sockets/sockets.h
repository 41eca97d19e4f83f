// Sockets of a network namespace that have a connection: sock_diag(7).
#pragma once

#include <functional>

#include "egressc/diagnostics.h"
#include "egressc/flow_space.h"
#include "kernel/kernel.h"

namespace egressc::kernel {

// As Kernel::end_connections(), of the calling thread's network namespace.
Result<EndedConnections> end_connections(const std::function<bool(const FlowPoint&)>& is_denied);

}  // namespace egressc::kernel
