// The socket address of a SOCKADDR record.
#pragma once

#include <cstdint>
#include <string_view>

#include "egressc/address.h"
#include "sources/audit_calls.h"

namespace egressc::audit {

struct Peer {
  enum class Kind : std::uint8_t {
    none,
    internet,
    unspecified,  // AF_UNSPEC
    other,        // AF_UNIX, AF_NETLINK …
    damaged,
  };
  Kind kind = Kind::none;
  ByteOrder order = ByteOrder::unknown;  // that its family is written in
  std::uint16_t port = 0;
  Address to;
};

// `text` begins with the value of saddr=: hex, or what ausearch -i of several versions makes of it.
Peer read_peer(std::string_view text);

}  // namespace egressc::audit
