// One message of unbound's log.
#pragma once

#include <cstdint>
#include <string_view>

#include "sources/address_memo.h"
#include "sources/timestamp.h"

namespace egressc {

enum class UnboundKind : std::uint8_t {
  question,    // "info: 192.0.2.10 www.example. A IN", "query: …"
  reply,       // "info: 192.0.2.10 www.example. A IN NOERROR 0.001 0 49", "reply: …"
  no_address,  // a reply of another code
  other,       // anything else it says
};

struct UnboundLine {
  UnboundKind kind = UnboundKind::other;
  Address client;
  std::string_view name;
  unsigned families = 0;  // families_of() the type
};

// `message` begins behind "unbound[712:0] ". Clients have no port in this log.
UnboundLine parse_unbound_message(std::string_view message, AddressMemo& addresses);

struct UnboundStart {
  Micros at = no_time;
  std::size_t length = 0;  // up to the message
  bool undated = false;
};

// The start of a line in unbound's own file: "[1795419858] unbound[712:0] ", and with log-time-ascii or log-time-iso a
// calendar time before the name. length is 0 where there is none.
UnboundStart parse_unbound_start(std::string_view line, const ParseContext& context);
// The length of "[712:0] " at the start of what it told syslog, or 0.
std::size_t unbound_thread_length(std::string_view message);

}  // namespace egressc
