#include "egressc/observation.h"

#include <algorithm>

#include "model/words/words.h"

namespace egressc::model {
namespace {

std::uint64_t mix_in(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;  // 2^64 / golden ratio: spreads every bit upwards
  return hash ^ (hash >> 32);
}

template <typename T>
std::uint64_t hash_of(const T& flow) {
  std::uint64_t hash = mix_in(0, flow.to.high);
  hash = mix_in(hash, flow.to.low);
  hash = mix_in(hash, (std::uint64_t{flow.uid} << 32) | flow.gid);
  hash = mix_in(hash, (std::uint64_t{flow.exe} << 32) | (std::uint64_t{flow.port} << 16) |
                          (std::uint64_t{flow.protocol} << 8) | static_cast<std::uint64_t>(flow.outcome));
  return hash;
}

bool same_flow(const Flow& flow, const Connection& connection) {
  return flow.to == connection.to && flow.uid == connection.uid && flow.gid == connection.gid &&
         flow.exe == connection.exe && flow.port == connection.port && flow.protocol == connection.protocol &&
         flow.outcome == connection.outcome;
}

// Most flows of a long log are seen in one second only: they need no list. Returns whether it has become longer.
bool add_second(Flow& flow, Micros at) {
  const Micros seconds = at / second;
  if (flow.first == no_time || seconds < 0 || seconds > 0xffffffff) return false;
  if (flow.seconds.empty()) {
    if (flow.first / second == seconds) return false;
    flow.seconds.push_back(static_cast<std::uint32_t>(flow.first / second));
  }
  if (flow.seconds.back() == static_cast<std::uint32_t>(seconds)) return false;
  flow.seconds.push_back(static_cast<std::uint32_t>(seconds));
  return true;
}

constexpr std::uint16_t dns_port = 53;  // RFC 1035, 4.2

}  // namespace
}  // namespace egressc::model

namespace egressc {

std::string_view to_string(Trust trust) {
  constexpr std::string_view words[] = {"claimed", "packet", "kernel"};
  return words[static_cast<std::size_t>(trust)];
}

StringPool::StringPool() { intern({}); }

StringId StringPool::intern(std::string_view text) {
  if (const auto found = index_.find(text); found != index_.end()) return found->second;
  const auto id = static_cast<StringId>(strings_.size());
  strings_.emplace_back(text);
  index_.emplace(strings_.back(), id);
  bytes_ += text.size();
  return id;
}

void Observations::add(const Connection& connection) {
  if (connection.at != no_time &&
      ((since != no_time && connection.at < since) || (until != no_time && connection.at > until))) {
    ++outside;
    return;
  }
  if (connection.port == model::dns_port && connection.from_port != 0 && connection.outcome == Outcome::attempted &&
      connection.uid != no_id)
    askers.push_back({connection.from, connection.from_port, connection.uid, connection.gid, connection.at});

  constexpr std::size_t most_addresses = 256;
  if (connection.from_port != 0 && own_addresses.size() != most_addresses &&
      (own_addresses.empty() || own_addresses.back() != connection.from))
    own_addresses.push_back(connection.from);

  if (flows_.size() * 2 >= slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  const auto hash = static_cast<std::uint32_t>(model::hash_of(connection));
  std::size_t slot = hash & mask;
  while (slots_[slot].number != 0 &&
         (slots_[slot].hash != hash || !model::same_flow(flows_[slots_[slot].number - 1], connection)))
    slot = (slot + 1) & mask;
  if (slots_[slot].number == 0) {
    flows_.push_back({connection.uid,
                      connection.gid,
                      connection.exe,
                      connection.to,
                      connection.port,
                      connection.protocol,
                      connection.outcome,
                      false,
                      0,
                      no_time,
                      no_time,
                      {}});
    slots_[slot] = {hash, static_cast<std::uint32_t>(flows_.size())};
  }

  Flow& flow = flows_[slots_[slot].number - 1];
  ++flow.count;
  flow.by_loopback |= connection.by_loopback;
  if (connection.at == no_time) return;
  if (model::add_second(flow, connection.at)) ++seconds_held_;
  if (flow.first == no_time || connection.at < flow.first) flow.first = connection.at;
  if (flow.last == no_time || connection.at > flow.last) flow.last = connection.at;
}

void Observations::grow() {
  std::vector<Slot> old(std::max<std::size_t>(1024, slots_.size() * 4));
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& kept : old) {
    if (kept.number == 0) continue;
    std::size_t slot = kept.hash & mask;
    while (slots_[slot].number != 0) slot = (slot + 1) & mask;
    slots_[slot] = kept;
  }
}

void Observations::skip(std::string_view reason, std::uint64_t line) {
  for (Skipped& entry : skipped) {
    if (entry.reason != reason) continue;
    ++entry.count;
    return;
  }
  skipped.push_back({reason, 1, line});
}

void Observations::forget_attempts() {
  flows_.clear();
  slots_.clear();
  askers.clear();
  outside = 0;
  seconds_held_ = 0;
}

std::size_t Observations::bytes() const {
  // A string of its own, a node of the index, and what the heap adds to both.
  constexpr std::size_t for_string = 128;
  return flows_.capacity() * sizeof(Flow) + slots_.size() * sizeof(Slot) + seconds_held_ * 2 * sizeof(std::uint32_t) +
         socket_events.size() * sizeof(SocketEvent) + resolutions.size() * sizeof(Resolution) +
         claims.capacity() * sizeof(Claim) + askers.capacity() * sizeof(Asker) + strings.bytes() +
         strings.size() * for_string;
}

void Observations::finish() {
  for (Flow& flow : flows_) sort_unique(flow.seconds);
}

}  // namespace egressc
