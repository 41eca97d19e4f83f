// One packet of a flow, from a socket of its user.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "egressc/flow_space.h"

namespace egressc::kernel {

// What netfilter takes for the owner of the sockets that this thread makes: its file system ids (credentials(7)). The
// ids it had come back at the end.
class SocketOwner {
 public:
  SocketOwner();
  SocketOwner(const SocketOwner&) = delete;
  SocketOwner& operator=(const SocketOwner&) = delete;
  ~SocketOwner();

  // False if the kernel does not take one of them.
  bool become(uid_t uid, gid_t gid);

 private:
  uid_t uid_before_;
  gid_t gid_before_;
  uid_t uid_;
  gid_t gid_;
};

struct Sending {
  int no_socket = 0;  // errno of what had to come before the sending; 0 if that was tried
  int error = 0;      // errno of the sending itself
};

// Sends the first packet of the flow from `from_port`, which is the identifier of an echo request. `link` is that of
// IPv6 addresses which need one. Nothing is left of the socket.
Sending send_probe(const FlowPoint& flow, std::uint16_t from_port, unsigned link);

}  // namespace egressc::kernel
