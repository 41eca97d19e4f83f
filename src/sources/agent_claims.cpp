#include "sources/agent_claims.h"

#include <algorithm>

namespace egressc {
namespace {

constexpr std::size_t most_of_record = 16;
constexpr std::size_t most_of_line = 1024;

// The same peer of the same subject, where one of two texts may tell less of it.
bool same_peer(const Claim& a, const Claim& b) {
  const auto agree = [](auto left, auto right) { return left == right || left == 0 || right == 0; };
  const bool both_addresses = a.has_address && b.has_address;
  return a.uid == b.uid && agree(a.port, b.port) && agree(a.protocol, b.protocol) && agree(a.host, b.host) &&
         (!both_addresses || a.to == b.to) && (both_addresses || (a.host != 0 && a.host == b.host));
}

void complete(Claim& claim, const Claim& other) {
  claim.port = std::max(claim.port, other.port);
  claim.protocol = std::max(claim.protocol, other.protocol);
  claim.host = std::max(claim.host, other.host);
  if (!claim.has_address) claim.to = other.to;
  claim.has_address = claim.has_address || other.has_address;
}

bool is_destination(const Address& address) { return !is_unspecified(address) && !is_broadcast(address); }

}  // namespace

AgentClaims::AgentClaims(Observations& observations) : observations_(observations), names_(observations.strings) {}

void AgentClaims::add(const Endpoint& endpoint, const ClaimSubject& subject) {
  Claim claim;
  if (endpoint.address) {
    claim.to = *endpoint.address;
    claim.has_address = true;
  }
  if (!endpoint.host.empty()) {
    const auto host = names_.find(endpoint.host);
    if (!host) return reject();
    claim.host = *host;
  }
  if ((claim.has_address && !is_destination(claim.to)) || (!claim.has_address && claim.host == 0)) return reject();
  claim.at = subject.at;
  claim.uid = subject.uid;
  claim.gid = subject.gid;
  claim.pid = subject.pid;
  claim.port = endpoint.port;
  claim.protocol = endpoint.protocol;

  const auto begin = pending_.begin() + static_cast<std::ptrdiff_t>(record_);
  const auto same = std::find_if(begin, pending_.end(), [&](const Claim& other) { return same_peer(claim, other); });
  if (same != pending_.end()) {
    complete(*same, claim);
  } else if (pending_.size() - record_ == most_of_record || pending_.size() == most_of_line) {
    too_many_ = true;
  } else {
    pending_.push_back(claim);
  }
}

void AgentClaims::end_line(std::uint64_t line) {
  if (pending_.empty()) observations_.skip(left_out_.empty() ? "no destination" : left_out_, line);
  commit(false, line);
}

void AgentClaims::end_damaged_line(std::string_view reason, std::uint64_t line) {
  observations_.skip(reason, line);
  commit(true, line);
}

void AgentClaims::commit(bool damaged, std::uint64_t line) {
  if (too_many_) observations_.skip("more than 16 destinations", line);
  for (Claim& claim : pending_) {
    claim.damaged = damaged;
    const Micros at = claim.at == no_time ? no_time : claim.at / second;
    const Key key{at,       claim.uid,  claim.gid,      claim.pid,         claim.host,
                  claim.to, claim.port, claim.protocol, claim.has_address, damaged};
    if (recent_.find(key) != nullptr) continue;
    recent_.insert(key, {});
    observations_.claims.push_back(claim);
  }
  pending_.clear();
  record_ = 0;
  left_out_ = {};
  too_many_ = false;
}

std::uint64_t hash_of(const AgentClaims::Key& key) {
  std::uint64_t hash = hash_step(0, static_cast<std::uint64_t>(key.second));
  hash = hash_step(hash, std::uint64_t{key.uid} << 32 | key.pid);
  hash = hash_step(hash, std::uint64_t{key.host} << 32 | key.port);
  hash = hash_step(hash, key.to.high);
  return hash_step(hash, key.to.low);
}

}  // namespace egressc
