// A ruleset tried with real packets.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/flow_space.h"
#include "kernel/kernel.h"
#include "support/descriptor.h"

namespace egressc::kernel {

// As Kernel::rehearse().
Result<Rehearsal> rehearse(const RehearsalOrder& order);

// Sets up the calling thread's network namespace, which must be new, so that nothing is heard and nothing gets out: the
// loopback link, and one that takes what is sent to any address of both families and asks nobody for a neighbour. Its
// own addresses are for documentation (RFC 5737, RFC 3849) and none of `flows` goes to them. Returns the index of the
// link.
Result<unsigned> set_up_links(std::span<const FlowPoint> flows);

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

// The first packet of a flow, or an echo request.
struct SeenPacket {
  std::uint8_t protocol = 0;
  Address to;
  std::uint16_t port = 0;       // destination port; icmp and icmpv6: type << 8 | code
  std::uint16_t from_port = 0;  // source port; icmp and icmpv6: identifier
};

// From an IP header on. nullopt: it is no such packet, but an answer, an error, or of another protocol.
std::optional<SeenPacket> read_packet(const std::uint8_t* bytes, std::size_t size);

// What leaves a network namespace, by whatever link (packet(7)).
class Capture {
 public:
  // In the calling thread's network namespace, from now on.
  static Result<Capture> open();

  // Adds what left since the last call: what a system call that has returned handed to a link without a queue is there.
  // A Failure if a packet was lost.
  Result<Done> drain(std::vector<SeenPacket>& packets);

 private:
  explicit Capture(Descriptor socket) : socket_(std::move(socket)) {}

  Descriptor socket_;
};

}  // namespace egressc::kernel
