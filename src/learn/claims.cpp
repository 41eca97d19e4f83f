#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "learn/gather.h"
#include "model/words/words.h"

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

// A name and a destination that was claimed. Claims that differ in nothing but their time are looked up once.
struct Said {
  std::string_view host;
  Address to;
  bool has_address = false;
  std::uint16_t port = 0;
  std::uint8_t protocol = ip_protocol::unknown;
  std::uint32_t uid = no_id;
  std::string_view format;
  bool damaged = false;
  auto operator<=>(const Said&) const = default;
};

bool is_outside(const LearnOptions& options, Micros at) {
  return at != no_time &&
         ((options.since != no_time && at < options.since) || (options.until != no_time && at > options.until));
}

bool fits(std::uint8_t a, std::uint8_t b) { return a == ip_protocol::unknown || b == ip_protocol::unknown || a == b; }

// Two logs of one connection may differ by a second.
bool is_about(const Attempt& attempt, Micros at) {
  if (at == no_time) return false;
  const Micros when = at / second;
  const auto near = std::lower_bound(attempt.seconds.begin(), attempt.seconds.end(), when - 1,
                                     [](std::uint32_t one, Micros other) { return Micros{one} < other; });
  return near != attempt.seconds.end() && Micros{*near} <= when + 1;
}

auto place_of(const Attempt& attempt) {
  const AttemptKey& key = attempt.key;
  return std::tuple(key.to, key.port, key.uid, key.gid, key.protocol);
}

// Attempts by address and port, and by user, port and second: those that a claim may speak of.
class AttemptIndex {
 public:
  AttemptIndex(std::vector<Attempt>& attempts, const NameIndex& names) : names_(names) {
    for (Attempt& attempt : attempts) {
      if (attempt.key.uid == no_id) continue;
      if (uids_.size() <= most_users) uids_.insert(attempt.key.uid);
      places_.push_back(&attempt);
      if (!names.empty()) continue;  // then nobody asks for these
      for (const std::uint32_t at : attempt.seconds)
        times_.push_back({attempt.key.uid, attempt.key.port, attempt.key.protocol, at, &attempt});
    }
    std::sort(places_.begin(), places_.end(),
              [](const Attempt* a, const Attempt* b) { return place_of(*a) < place_of(*b); });
    std::sort(times_.begin(), times_.end(), [](const Time& a, const Time& b) { return a.when() < b.when(); });
  }

  // Those that `said` speaks of: of its user, or of all users where it tells none.
  std::vector<Attempt*> about(const Said& said) const {
    std::vector<Attempt*> found;
    if (said.has_address) {
      add(said, said.to, std::nullopt, found);
      return found;
    }
    const auto name = names_.find(said.host);
    if (!name) return found;
    const auto add_of = [&](std::uint32_t uid) {
      Said theirs = said;
      theirs.uid = uid;
      for (const Address& address : names_.addresses(uid, *name)) add(theirs, address, name, found);
    };
    if (said.uid != no_id)
      add_of(said.uid);
    else if (uids_.size() <= most_users)
      for (const std::uint32_t uid : uids_) add_of(uid);
    return found;
  }

  // The one attempt that a claim of a name alone can speak of: of that user, to that port, at that time. nullptr if
  // there are several, or a resolver's log, which would have the name.
  Attempt* only_one(const Said& said, Micros at) const {
    if (!names_.empty() || said.has_address || said.host.empty() || said.port == 0 || at == no_time) return nullptr;
    Attempt* found = nullptr;
    if (said.uid != no_id) return find_about(said, said.uid, at, found) ? found : nullptr;
    if (uids_.size() > most_users) return nullptr;
    for (const std::uint32_t uid : uids_)
      if (!find_about(said, uid, at, found)) return nullptr;
    return found;
  }

 private:
  struct Time {
    std::uint32_t uid = no_id;
    std::uint16_t port = 0;
    std::uint8_t protocol = ip_protocol::unknown;
    Micros at = 0;  // in seconds
    Attempt* attempt = nullptr;
    std::tuple<std::uint32_t, std::uint16_t, std::uint8_t, Micros> when() const { return {uid, port, protocol, at}; }
  };

  // False if there is more than `found`, which becomes the one there is.
  bool find_about(const Said& said, std::uint32_t uid, Micros at, Attempt*& found) const {
    for (const std::uint8_t protocol : {ip_protocol::unknown, ip_protocol::tcp, ip_protocol::udp}) {
      if (!fits(protocol, said.protocol)) continue;
      const auto last = std::tuple(uid, said.port, protocol, at / second + 1);
      auto time = std::lower_bound(times_.begin(), times_.end(), std::tuple(uid, said.port, protocol, at / second - 1),
                                   [](const Time& one, const auto& other) { return one.when() < other; });
      for (; time != times_.end() && time->when() <= last; ++time) {
        if (found != nullptr && found != time->attempt) return false;
        found = time->attempt;
      }
    }
    return true;
  }

  void add(const Said& said, const Address& to, std::optional<NameId> name, std::vector<Attempt*>& found) const {
    auto place = std::lower_bound(places_.begin(), places_.end(),
                                  std::tuple(to, said.port, said.port == 0 || said.uid == no_id ? 0 : said.uid),
                                  [](const Attempt* one, const auto& other) {
                                    return std::tuple(one->key.to, one->key.port, one->key.uid) < other;
                                  });
    for (; place != places_.end() && (*place)->key.to == to; ++place) {
      const AttemptKey& key = (*place)->key;
      if (said.port != 0 && (key.port != said.port || (said.uid != no_id && key.uid != said.uid))) break;
      if (said.uid != no_id && key.uid != said.uid) continue;
      if (fits(said.protocol, key.protocol) && (!name || names_.resolved(key.uid, *name, to))) found.push_back(*place);
    }
  }

  static constexpr std::size_t most_users = 64;  // whose answers are looked through for a claim that tells no user

  const NameIndex& names_;
  std::set<std::uint32_t> uids_;
  std::vector<Attempt*> places_;  // by place_of()
  std::vector<Time> times_;       // by when()
};

// What the claims say besides of attempts, until all of it is there: put in one by one it would be sorted each time.
class Notes {
 public:
  explicit Notes(const NameIndex& names) : names_(names) {}

  void add(Attempt& attempt, const Said& said, std::uint64_t count) {
    counts_[{&attempt, said.format}] += count;
    if (said.host.empty()) return;
    const auto name = names_.find(said.host);
    if (!name || !names_.resolved(attempt.key.uid, *name, attempt.key.to)) claimed_.emplace_back(&attempt, said.host);
  }

  void write() {
    for (const auto& [key, count] : counts_) {
      Attempt note;
      note.witnesses.push_back({key.second, Trust::claimed, count, 0, 0});
      merge(*key.first, note);
    }
    sort_unique(claimed_);
    for (std::size_t i = 0; i < claimed_.size(); ++i) {
      const auto& [attempt, host] = claimed_[i];
      attempt->claimed.push_back(host);
      if (i + 1 == claimed_.size() || claimed_[i + 1].first != attempt) sort_unique(attempt->claimed);
    }
  }

 private:
  const NameIndex& names_;
  std::map<std::pair<Attempt*, std::string_view>, std::uint64_t> counts_;
  std::vector<std::pair<Attempt*, std::string_view>> claimed_;
};

// The names and addresses that were only mentioned: nothing claims that they were reached for.
void count_mentioned(std::span<const Observations> inputs, const LearnOptions& options, LearnSummary& summary) {
  constexpr std::size_t few = 5;
  std::set<std::string_view> mentioned_names, names;
  std::set<Address> mentioned_addresses, addresses;
  for (const Observations& input : inputs)
    for (const Claim& claim : input.claims) {
      if (is_outside(options, claim.at)) continue;
      const bool only_mentioned = claim.kind == ClaimKind::mentioned;
      if (claim.host != 0)
        (only_mentioned ? mentioned_names : names).insert(input.strings[claim.host]);
      else
        (only_mentioned ? mentioned_addresses : addresses).insert(claim.to);
    }
  for (const std::string_view name : mentioned_names) {
    if (names.contains(name)) continue;
    ++summary.mentioned;
    if (summary.mentioned_names.size() != few) summary.mentioned_names.emplace_back(name);
  }
  for (const Address& address : mentioned_addresses) {
    if (addresses.contains(address)) continue;
    ++summary.mentioned;
    if (summary.mentioned_names.size() != few) summary.mentioned_names.push_back(to_string(address));
  }
}

// Whose claims are that tell no user and that nothing else tells one of.
std::uint32_t uid_of_the_rest(const LearnOptions& options) {
  if (options.as_uid) return *options.as_uid;
  const bool is_one = options.uids.size() == 1 && options.uids.front().first == options.uids.front().last;
  return is_one ? options.uids.front().first : no_id;
}

// Those of `about` that are of one user: all, or those about the time of the claim. Empty if several users fit.
std::vector<Attempt*> of_one_user(const std::vector<Attempt*>& about, Micros at) {
  constexpr std::size_t most = 64;  // more tell nothing apart
  const auto is_one = [](const std::vector<Attempt*>& attempts) {
    return std::all_of(attempts.begin(), attempts.end(),
                       [&](const Attempt* attempt) { return attempt->key.uid == attempts.front()->key.uid; });
  };
  if (about.size() > most) return {};
  if (is_one(about)) return about;
  std::vector<Attempt*> near;
  for (Attempt* const attempt : about)
    if (is_about(*attempt, at)) near.push_back(attempt);
  return is_one(near) ? near : std::vector<Attempt*>{};
}

}  // namespace

std::vector<UnmatchedClaim> match_claims(std::span<const Observations> inputs, const AskerIndex& askers,
                                         const NameIndex& names, const LearnOptions& options,
                                         std::vector<Attempt>& attempts, LearnSummary& summary) {
  std::vector<UnmatchedClaim> unmatched;
  if (std::all_of(inputs.begin(), inputs.end(), [](const Observations& input) { return input.claims.empty(); }))
    return unmatched;
  count_mentioned(inputs, options, summary);
  const ProcessIndex processes(inputs);
  const std::uint32_t rest = uid_of_the_rest(options);
  std::map<Said, std::vector<UnmatchedClaim>> groups;
  for (const Observations& input : inputs)
    for (Claim claim : input.claims) {
      if (claim.kind == ClaimKind::mentioned) continue;
      if (is_outside(options, claim.at)) {
        ++summary.filtered;
        continue;
      }
      if (claim.uid == no_id && claim.pid != 0) claim.uid = processes.uid_of(claim.pid);
      if (claim.uid == no_id) claim.uid = askers.uid_of(claim.client, claim.client_port, claim.at);
      if (claim.uid == no_id && claim.client_port == 0) claim.uid = rest;
      const UnmatchedClaim said{claim, input.strings[claim.host], input.strings[claim.note], input.format};
      // A client_port means that a resolver was asked for the text, which says nothing of what was reached.
      if (attempts.empty() || claim.client_port != 0 || claim.kind == ClaimKind::denied)
        unmatched.push_back(said);
      else
        groups[{said.host, claim.to, claim.has_address, claim.port, claim.protocol, claim.uid, said.format,
                claim.damaged}]
            .push_back(said);
    }

  const AttemptIndex index(attempts, names);
  Notes notes(names);
  for (auto& group : groups) {
    // clang 14 captures no structured bindings.
    const auto& said = group.first;
    auto& claims = group.second;
    const std::vector<Attempt*> about = index.about(said);
    const auto note = [&](const std::vector<Attempt*>& borne_out, std::uint64_t count) {
      summary.annotated += count;
      if (said.damaged) return;
      for (Attempt* const attempt : borne_out) notes.add(*attempt, said, count);
    };
    if (said.uid != no_id && !about.empty()) {
      note(about, claims.size());
      continue;
    }
    for (const UnmatchedClaim& one : claims) {
      if (const auto borne_out = of_one_user(about, one.claim.at); !borne_out.empty()) {
        note(borne_out, 1);
        continue;
      }
      // It may be another, so that the claim stays in review as well.
      Attempt* const attempt = said.damaged ? nullptr : index.only_one(said, one.claim.at);
      if (attempt != nullptr) notes.add(*attempt, said, 1);
      unmatched.push_back(one);
    }
  }
  notes.write();
  return unmatched;
}

std::vector<Attempt> believe(std::vector<UnmatchedClaim>& claims, const NameIndex& names, bool with_denied) {
  std::vector<Attempt> attempts;
  std::erase_if(claims, [&](const UnmatchedClaim& said) {
    const Claim& claim = said.claim;
    const bool denied = claim.kind == ClaimKind::denied;
    if (claim.damaged || claim.uid == no_id || claim.port == 0 || (denied && !with_denied)) return false;
    std::vector<Address> reached;
    if (claim.has_address)
      reached = {claim.to};
    else if (const auto name = names.find(said.host))
      reached = names.addresses(claim.uid, *name);
    for (const Address& to : reached) {
      Attempt attempt;
      const std::uint8_t protocol = claim.protocol == ip_protocol::unknown ? ip_protocol::tcp : claim.protocol;
      attempt.key = {claim.uid, no_id, to, claim.port, protocol};
      attempt.witnesses.push_back({said.format, Trust::claimed, denied ? 0U : 1U, denied ? 1U : 0U, 0});
      attempt.first = attempt.last = claim.at;
      add_second(attempt, claim.at);
      attempts.push_back(std::move(attempt));
    }
    return !reached.empty();
  });
  return attempts;
}

}  // namespace egressc::learn
