// What leaves a network namespace, by whatever link (packet(7)).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "kernel/owned_fd.h"

namespace egressc::kernel {

// The first packet of a flow, or an echo request.
struct SeenPacket {
  std::uint8_t protocol = 0;
  Address to;
  std::uint16_t port = 0;       // destination port; icmp and icmpv6: type << 8 | code
  std::uint16_t from_port = 0;  // source port; icmp and icmpv6: identifier
};

// From an IP header on. nullopt: it is no such packet, but an answer, an error, or of another protocol.
std::optional<SeenPacket> read_packet(const std::uint8_t* bytes, std::size_t size);

class Capture {
 public:
  // In the calling thread's network namespace, from now on.
  static Result<Capture> open();

  // Adds what left since the last call: what a system call that has returned handed to a link without a queue is there.
  // A Failure if a packet was lost.
  Result<Done> drain(std::vector<SeenPacket>& packets);

 private:
  explicit Capture(OwnedFd socket) : socket_(std::move(socket)) {}

  OwnedFd socket_;
};

}  // namespace egressc::kernel
