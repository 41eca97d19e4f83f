// What the logs say that subjects sent, put together as for learn_policy(): what a replay judges.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "egressc/address.h"
#include "egressc/name.h"
#include "egressc/observation.h"
#include "egressc/time.h"

namespace egressc {

// What one subject sent, or tried to send, to one place: everything that the inputs say of it.
struct AttemptSeen {
  std::uint32_t uid = no_id;
  std::uint32_t gid = no_id;  // no_id unless learning is by group
  Address to;
  std::uint16_t port = 0;
  std::uint8_t protocol = ip_protocol::unknown;
  std::vector<DomainName> names;     // what the subject had asked a resolver for by then; sorted
  std::vector<std::string> claimed;  // names that only an agent uses for it; sorted
  std::vector<std::string> by;       // names of log formats; sorted
  std::vector<std::string> exe;      // sorted
  Trust trust = Trust::claimed;      // the best there is
  std::uint64_t seen = 0;            // as the most talkative format counts
  std::uint64_t denied = 0;          // of them: stopped by the host's own rules
  bool by_loopback = false;          // a packet left by the loopback interface, as a log tells
  Micros first = no_time;
  Micros last = no_time;
};

struct AttemptList {
  std::vector<AttemptSeen> attempts;  // by uid, gid, address, port, protocol
  std::uint64_t tails = 0;            // packets without an owner that belong to one of them
  std::uint64_t not_egress = 0;       // port 0, disconnects, and UDP connects without a send
  std::uint64_t filtered = 0;         // by the options
  std::uint64_t vague = 0;            // claims that leave the subject, the port or the address open
};

}  // namespace egressc
