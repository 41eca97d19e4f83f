#include "sources/netfilter/packet.h"

namespace egressc::sources {
namespace {

// After this silence a packet begins something new: more than nf_conntrack_udp_timeout_stream, 120 s.
constexpr Micros longest_silence = 180 * second;

// The rules see a packet at once; their lines may be stamped with the seconds before and after.
constexpr Micros longest_between = 2 * second;

std::uint64_t hash_of(const Connection& connection, const PendingPackets::Mark& mark) {
  std::uint64_t hash = hash_step(connection.to.high, connection.to.low);
  hash = hash_step(hash, (std::uint64_t{mark.id} << 32) | mark.length);
  return hash_step(hash, (std::uint64_t{connection.from_port} << 16) | connection.port);
}

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

bool PendingPackets::is_same(const Packet& packet, const Connection& b, const Mark& mark) {
  const Connection& a = packet.connection;
  if (packet.mark.id != mark.id || packet.mark.length != mark.length || a.to != b.to || a.from != b.from ||
      a.port != b.port || a.from_port != b.from_port || a.protocol != b.protocol)
    return false;
  if (packet.mark.prefix == mark.prefix || packet.last_prefix == mark.prefix) return false;
  return a.at == no_time || b.at == no_time || (b.at - a.at <= longest_between && a.at - b.at <= longest_between);
}

void PendingPackets::add(const Connection& connection, const Mark& mark) {
  const auto bucket = static_cast<std::uint16_t>(hash_of(connection, mark) % buckets);
  for (std::uint16_t i = newest_[bucket]; i != none; i = packets_[i].older) {
    Packet& packet = packets_[i];
    if (!is_same(packet, connection, mark)) continue;
    packet.last_prefix = mark.prefix;
    if (connection.outcome == Outcome::denied) packet.connection.outcome = Outcome::denied;
    if (packet.connection.uid == no_id) {
      packet.connection.uid = connection.uid;
      packet.connection.gid = connection.gid;
    }
    return;
  }
  const auto index = static_cast<std::uint16_t>(count_ % capacity);
  if (count_ >= capacity) hand_on(index);
  packets_[index] = {connection, mark, mark.prefix, bucket, newest_[bucket]};
  newest_[bucket] = index;
  ++count_;
}

// The oldest packet of all is the last in its bucket's chain.
void PendingPackets::hand_on(std::uint16_t index) {
  std::uint16_t* link = &newest_[packets_[index].bucket];
  while (*link != index) link = &packets_[*link].older;
  *link = none;
  observations_.add(packets_[index].connection);
}

void PendingPackets::flush() {
  for (std::size_t i = count_ < capacity ? 0 : count_ - capacity; i < count_; ++i)
    hand_on(static_cast<std::uint16_t>(i % capacity));
  count_ = 0;
}

void PendingPackets::forget() {
  newest_.fill(none);
  count_ = 0;
}

}  // namespace egressc::sources
