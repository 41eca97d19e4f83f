// One message of BIND's log.
#pragma once

#include <cstdint>
#include <string_view>

#include "sources/address_memo.h"

namespace egressc {

enum class BindKind : std::uint8_t {
  question,    // "client @0x7f0fe64c1098 192.0.2.10#41452 (www.example): query: www.example IN A + (192.0.2.53)"
  response,    // the same with "response: www.example IN A NOERROR …": the category `responses`
  no_address,  // a response of another code
  dnstap,      // dnstap-read: "CR 192.0.2.10:41452 <- 192.0.2.53:53 UDP 49b www.example/IN/A": the message follows
  upstream,    // dnstap-read: the same of a message that the resolver got from another
  other,       // anything else it says
};

struct BindLine {
  BindKind kind = BindKind::other;
  Address client;
  std::uint16_t client_port = 0;
  std::string_view name;
  unsigned families = 0;  // families_of() the type
};

// `message` begins behind the time, or the envelope.
BindLine parse_bind_message(std::string_view message, AddressMemo& addresses);
// Whether a line begins as BIND's do, behind the time: for sniffing.
bool looks_like_bind(std::string_view message, AddressMemo& addresses);

}  // namespace egressc
