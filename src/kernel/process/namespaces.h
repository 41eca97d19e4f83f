// Network namespaces (network_namespaces(7)): entered by a thread that ends there, so that nothing is ever left; what a
// thread may do, and the connections that are open where it is.
#pragma once

#include <functional>
#include <future>
#include <string_view>
#include <system_error>

#include "egressc/diagnostics.h"
#include "egressc/flow_space.h"
#include "kernel/kernel.h"
#include "support/descriptor.h"

namespace egressc::kernel {

// Whether one of linux/capability.h, a number below 32, is in effect: capabilities(7).
bool has_capability(int capability);

// Done if /run/netns can have an entry of this name.
Result<Done> check_network_name(std::string_view name);

// Each moves the calling thread alone.
Result<Done> enter_named_network(std::string_view name);  // /run/netns/NAME
Result<Done> enter_new_network();                         // needs CAP_SYS_ADMIN

// Moves the calling process, which must have one thread, into a user namespace and a network namespace of its own.
Result<Done> enter_user_network();

// Moves the calling process, which must have one thread, into a network namespace of its own in which it has
// CAP_NET_ADMIN: in a user namespace of its own too, if that is what it takes.
Result<Done> enter_private_network();

// work(), a Result, on a thread of its own that enter() has moved.
template <typename Enter, typename Work>
auto in_namespace(Enter enter, Work work) -> decltype(work()) {
  try {
    const auto task = [&]() -> decltype(work()) {
      if (const Result<Done> entered = enter(); !entered) return entered.failure();
      return work();
    };
    return std::async(std::launch::async, task).get();
  } catch (const std::system_error& error) {
    return system_failure("a thread for a network namespace", error.code().value());
  }
}

// The calling thread's own, and its name: ip-netns(8).
Result<NetworkNamespace> identify_network();

// As Kernel::end_connections(), of the calling thread's own: sock_diag(7).
Result<EndedConnections> end_connections(const std::function<bool(const FlowPoint&)>& is_denied);

// By ip(8).
Result<Done> create_named_network(std::string_view name);
Result<Done> delete_named_network(std::string_view name);

}  // namespace egressc::kernel
