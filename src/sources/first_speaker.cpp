#include "sources/first_speaker.h"

namespace egressc {
namespace {

// After this silence a packet begins something new: more than nf_conntrack_udp_timeout_stream, 120 s.
constexpr Micros longest_silence = 180 * second;

}  // namespace

std::uint64_t hash_of(const FlowEnds& ends) {
  std::uint64_t hash = hash_step(ends.peer.high, ends.peer.low);
  hash = hash_step(hash ^ ends.local.high, ends.local.low);
  return hash_step(hash, (std::uint64_t{ends.local_port} << 24) | (std::uint64_t{ends.peer_port} << 8) | ends.protocol);
}

FirstSpeaker::Flow& FirstSpeaker::flow_of(const FlowEnds& ends, bool inbound, Micros at) {
  Flow* flow = flows_.find(ends);
  if (flow == nullptr) return flows_.insert(ends, {inbound, at});
  if (at != no_time && flow->last != no_time && at - flow->last > longest_silence) flow->peer_first = inbound;
  if (at != no_time) flow->last = at;
  return *flow;
}

void FirstSpeaker::inbound(const FlowEnds& ends, Micros at) { flow_of(ends, true, at); }

bool FirstSpeaker::outbound(const FlowEnds& ends, Micros at) { return flow_of(ends, false, at).peer_first; }

}  // namespace egressc
