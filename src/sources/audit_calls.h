// Which system calls open connections, by architecture.
#pragma once

#include <cstdint>
#include <string_view>

namespace egressc::audit {

enum class Call : std::uint8_t {
  irrelevant,  // nothing to do with addresses
  inbound,     // has an address that nothing is sent to: accept, bind, recvfrom, getpeername …; also anything unknown
  socket,
  connect,
  send,  // send(2): never has an address
  sendto,
  sendmsg,
  sendmmsg,
  socketcall,   // one of those above; which one is its first argument
  uring_enter,  // io_uring_enter(2): what it did is in URINGOP records
};

// Byte order of a machine: that of the family in a socket address.
enum class ByteOrder : std::uint8_t { unknown, little, big };

struct FoundCall {
  Call call = Call::inbound;
  ByteOrder order = ByteOrder::unknown;
  bool known_architecture = false;
};

// `architecture` is an AUDIT_ARCH_… value (linux/audit.h).
FoundCall find_call(std::uint32_t architecture, std::uint32_t number);
// As ausearch -i prints it: "connect".
Call call_named(std::string_view name);
// The first argument of socketcall(2).
Call socketcall_numbered(std::uint64_t number);
// The uring_op of a URINGOP record.
Call uring_call_numbered(std::uint64_t number);

}  // namespace egressc::audit
