// Network namespaces that have a name: ip-netns(8).
#pragma once

#include <string_view>

#include "kernel/kernel.h"
#include "egressc/diagnostics.h"
#include "kernel/owned_fd.h"

namespace egressc::kernel {

// The calling thread's own.
Result<NetworkNamespace> identify_network();

// By ip(8).
Result<Done> create_named_network(std::string_view name);
Result<Done> delete_named_network(std::string_view name);

}  // namespace egressc::kernel
