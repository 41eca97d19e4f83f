#include <algorithm>
#include <map>
#include <tuple>

#include "learn/gather.h"

namespace egressc::learn {
namespace {

// Processes whose subject the kernel told: pid -> uid, no_id where it changed.
class ProcessIndex {
 public:
  explicit ProcessIndex(std::span<const Observations> inputs) {
    for (const Observations& input : inputs) {
      if (input.trust != Trust::kernel) continue;
      for (const SocketEvent& event : input.socket_events) {
        const auto [place, added] = uids_.try_emplace(event.pid, event.uid);
        if (!added && place->second != event.uid) place->second = no_id;
      }
    }
  }
  std::uint32_t uid_of(std::uint32_t pid) const {
    const auto found = uids_.find(pid);
    return found == uids_.end() ? no_id : found->second;
  }

 private:
  std::map<std::uint32_t, std::uint32_t> uids_;
};

// Attempts by (port, uid), for finding those that a claim may speak of.
class PlaceIndex {
 public:
  explicit PlaceIndex(std::vector<Attempt>& attempts) {
    for (Attempt& attempt : attempts) places_.emplace(std::tuple(attempt.key.uid, attempt.key.port), &attempt);
  }
  template <typename Visit>
  void each(std::uint32_t uid, std::uint16_t port, Visit visit) const {
    auto place = places_.lower_bound(std::tuple(uid, port));
    for (; place != places_.end() && std::get<0>(place->first) == uid; ++place)
      if (port == 0 || std::get<1>(place->first) == port)
        visit(*place->second);
      else
        break;
  }

 private:
  std::multimap<std::tuple<std::uint32_t, std::uint16_t>, Attempt*> places_;
};

bool bears_out(const Attempt& attempt, const Claim& claim, std::optional<NameId> name, const NameIndex& names) {
  if (claim.protocol != ip_protocol::unknown && attempt.key.protocol != ip_protocol::unknown &&
      claim.protocol != attempt.key.protocol)
    return false;
  if (claim.has_address) return claim.to == attempt.key.to;
  return name && names.resolved(attempt.key.uid, *name, attempt.key.to);
}

// Two logs of one connection may differ by a second.
bool is_about(const Attempt& attempt, Micros at) {
  const Micros when = at / second;
  const auto near = std::lower_bound(attempt.seconds.begin(), attempt.seconds.end(), when - 1,
                                     [](std::uint32_t one, Micros other) { return Micros{one} < other; });
  return near != attempt.seconds.end() && Micros{*near} <= when + 1;
}

// The one attempt that a claim of a name alone can speak of: of that subject, to that port, at that time. nullptr if
// there are several, or a resolver's log, which would have the name.
Attempt* only_one_about(const PlaceIndex& places, const Claim& claim, const NameIndex& names) {
  if (!names.empty() || claim.has_address || claim.host == 0 || claim.port == 0 || claim.at == no_time) return nullptr;
  Attempt* found = nullptr;
  bool is_only = true;
  places.each(claim.uid, claim.port, [&](Attempt& attempt) {
    const bool fits = claim.protocol == ip_protocol::unknown || attempt.key.protocol == ip_protocol::unknown ||
                      claim.protocol == attempt.key.protocol;
    if (!fits || !is_about(attempt, claim.at)) return;
    is_only = is_only && found == nullptr;
    found = &attempt;
  });
  return is_only ? found : nullptr;
}

void annotate(Attempt& attempt, std::string_view host, std::optional<NameId> name, const NameIndex& names,
              std::string_view format) {
  Attempt note;
  note.key = attempt.key;
  note.witnesses.push_back({format, Trust::claimed, 1, 0, 0});
  const bool known = name && names.resolved(attempt.key.uid, *name, attempt.key.to);
  if (!host.empty() && !known) note.claimed.push_back(host);
  merge(attempt, note);
}

}  // namespace

std::vector<UnmatchedClaim> match_claims(std::span<const Observations> inputs, const AskerIndex& askers,
                                         const NameIndex& names, const LearnOptions& options,
                                         std::vector<Attempt>& attempts, LearnSummary& summary) {
  std::vector<UnmatchedClaim> unmatched;
  if (std::all_of(inputs.begin(), inputs.end(), [](const Observations& input) { return input.claims.empty(); }))
    return unmatched;
  const ProcessIndex processes(inputs);
  const PlaceIndex places(attempts);
  for (const Observations& input : inputs) {
    for (Claim claim : input.claims) {
      if (claim.at != no_time && ((options.since != no_time && claim.at < options.since) ||
                                  (options.until != no_time && claim.at > options.until))) {
        ++summary.filtered;
        continue;
      }
      if (claim.uid == no_id && claim.pid != 0) claim.uid = processes.uid_of(claim.pid);
      if (claim.uid == no_id) claim.uid = askers.uid_of(claim.client, claim.client_port, claim.at);
      const std::string_view host = input.strings[claim.host];
      const auto name = names.find(host);
      bool matched = false;
      // A client_port means that a resolver was asked for the text, which says nothing of what was reached.
      if (claim.client_port == 0 && claim.uid != no_id)
        places.each(claim.uid, claim.port, [&](Attempt& attempt) {
          if (!bears_out(attempt, claim, name, names)) return;
          matched = true;
          if (!claim.damaged) annotate(attempt, host, name, names, input.format);
        });
      // It may be another, so that the claim stays in review as well.
      if (!matched && claim.client_port == 0 && claim.uid != no_id && !claim.damaged)
        if (Attempt* const attempt = only_one_about(places, claim, names))
          annotate(*attempt, host, name, names, input.format);
      if (matched)
        ++summary.annotated;
      else
        unmatched.push_back({claim, host, input.format});
    }
  }
  return unmatched;
}

std::vector<Attempt> believe(std::vector<UnmatchedClaim>& claims, const NameIndex& names) {
  std::vector<Attempt> attempts;
  std::erase_if(claims, [&](const UnmatchedClaim& said) {
    const Claim& claim = said.claim;
    if (claim.damaged || claim.uid == no_id || claim.port == 0) return false;
    std::vector<Address> reached;
    if (claim.has_address)
      reached = {claim.to};
    else if (const auto name = names.find(said.host))
      reached = names.addresses(claim.uid, *name);
    for (const Address& to : reached) {
      Attempt attempt;
      const std::uint8_t protocol = claim.protocol == ip_protocol::unknown ? ip_protocol::tcp : claim.protocol;
      attempt.key = {claim.uid, no_id, to, claim.port, protocol};
      attempt.witnesses.push_back({said.format, Trust::claimed, 1, 0, 0});
      attempt.first = attempt.last = claim.at;
      add_second(attempt, claim.at);
      attempts.push_back(std::move(attempt));
    }
    return !reached.empty();
  });
  return attempts;
}

}  // namespace egressc::learn
