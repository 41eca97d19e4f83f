// What is asked of a resolver, and what it says.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "egressc/address.h"
#include "egressc/name.h"

namespace egressc {

// A for ipv4, AAAA for ipv6 (RFC 1035, RFC 3596).
struct DnsQuestion {
  DomainName name;  // no wildcard
  Family family = Family::ipv4;
};

enum class DnsOutcome : std::uint8_t {
  addresses,
  no_data,  // the name has none of this family (RFC 2308, 2.2)
  no_name,  // NXDOMAIN
  failed,   // nobody knows: no answer, SERVFAIL, REFUSED, a message that is no answer
};

struct DnsAnswer {
  DnsOutcome outcome = DnsOutcome::failed;
  std::vector<Address> addresses;  // in the order of the answer; a mapped address of an AAAA record is IPv4
  std::chrono::seconds ttl{0};     // of the addresses, the least of the chain of aliases
  std::string why;                 // if failed, in a word or two
};

}  // namespace egressc
