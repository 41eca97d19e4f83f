// One message of dnsmasq's --log-queries, plain or extra.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "egressc/address.h"
#include "sources/address_memo.h"

namespace egressc {

enum class DnsmasqKind : std::uint8_t {
  question,      // "query[A] www.example from 192.0.2.10"
  alias,         // "reply www.example is <CNAME>": the answer goes on under a name that is not told
  answer,        // "reply www.example is 198.51.100.7"; also cached, config, a hosts file
  no_address,    // "reply www.example is NXDOMAIN", NODATA-IPv6, <TXT>, the name of an address
  blocked,       // "gravity blocked www.example is 0.0.0.0"
  housekeeping,  // forwarded, validation, what it says when it starts
  damaged,       // a question or an answer that is not whole
};

struct DnsmasqLine {
  DnsmasqKind kind = DnsmasqKind::housekeeping;
  bool has_client = false;  // of extra, or a plain question's "from"
  std::uint16_t client_port = 0;
  std::uint32_t serial = 0;  // only of extra, from 1
  Address client;
  std::string_view name;
  Address address;  // of an answer
};

DnsmasqLine parse_dnsmasq_message(std::string_view message, AddressMemo& addresses);

}  // namespace egressc
