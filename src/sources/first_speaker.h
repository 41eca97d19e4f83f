// Which end of a flow spoke first, for protocols whose packets do not say.
#pragma once

#include <cstdint>

#include "egressc/observation.h"
#include "sources/recent_map.h"

namespace egressc {

struct FlowEnds {
  Address local;
  Address peer;
  std::uint16_t local_port = 0;
  std::uint16_t peer_port = 0;
  std::uint8_t protocol = 0;
  bool operator==(const FlowEnds&) const = default;
};
std::uint64_t hash_of(const FlowEnds& ends);

// The last 8,192 flows or so.
class FirstSpeaker {
 public:
  void inbound(const FlowEnds& ends, Micros at);
  // Notes a packet that leaves. True if the peer spoke first: then it is an answer.
  bool outbound(const FlowEnds& ends, Micros at);

 private:
  struct Flow {
    bool peer_first = false;
    Micros last = no_time;
  };
  Flow& flow_of(const FlowEnds& ends, bool inbound, Micros at);
  RecentMap<FlowEnds, Flow, 1024> flows_;
};

}  // namespace egressc
