#include "learn/attempts.h"

#include <tsl/hopscotch_map.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <tuple>

#include "model/words/words.h"

namespace egressc::learn {
namespace {

struct KeyHash {
  std::size_t operator()(const AttemptKey& key) const {
    std::uint64_t hash = key.to.high * 0x9e3779b97f4a7c15ULL;
    hash = (hash ^ key.to.low) * 0xff51afd7ed558ccdULL;
    hash ^= hash >> 32;
    hash = (hash ^ (std::uint64_t{key.uid} << 32 | key.gid)) * 0xc4ceb9fe1a85ec53ULL;
    hash ^= hash >> 29;
    hash = (hash ^ (std::uint64_t{key.port} << 8 | key.protocol)) * 0x9e3779b97f4a7c15ULL;
    return static_cast<std::size_t>(hash >> 16);
  }
};

// Lists are sorted when all is collected: to insert each in its place would take too long where there are many.
template <typename List>
void append(List& list, const typename List::value_type& value) {
  if (list.empty() || list.back() != value) list.push_back(value);
}

// Both are sorted.
template <typename List>
void unite(List& into, const List& from) {
  if (from.size() <= 1) {
    if (from.empty()) return;
    const auto place = std::lower_bound(into.begin(), into.end(), from.front());
    if (place == into.end() || *place != from.front()) into.insert(place, from.front());
    return;
  }
  List united;
  united.reserve(into.size() + from.size());
  std::set_union(into.begin(), into.end(), from.begin(), from.end(), std::back_inserter(united));
  into = std::move(united);
}

class Collection {
 public:
  explicit Collection(bool by_gid) : by_gid_(by_gid) {}

  Attempt& find(AttemptKey key) {
    if (!by_gid_) key.gid = no_id;
    const auto [place, added] = index_.try_emplace(key, static_cast<std::uint32_t>(attempts_.size()));
    if (added) {
      attempts_.emplace_back();
      attempts_.back().key = key;
    }
    return attempts_[place->second];
  }

  std::vector<Attempt> take() && {
    for (Attempt& attempt : attempts_) {
      sort_unique(attempt.seconds);
      sort_unique(attempt.exes);
      sort_unique(attempt.gids);
    }
    // Attempts are large: each is moved once.
    std::vector<std::uint32_t> order(attempts_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return attempts_[a].key < attempts_[b].key; });
    std::vector<Attempt> sorted;
    sorted.reserve(attempts_.size());
    for (const std::uint32_t place : order) sorted.push_back(std::move(attempts_[place]));
    return sorted;
  }

 private:
  bool by_gid_;
  std::vector<Attempt> attempts_;
  tsl::hopscotch_map<AttemptKey, std::uint32_t, KeyHash> index_;
};

// Whose packets went where, when. The kernel takes a packet's uid from its socket, audit that of the caller.
class PacketOwners {
 public:
  explicit PacketOwners(std::span<const Observations> inputs) {
    for (const Observations& input : inputs)
      if (input.trust == Trust::packet)
        for (const Flow& flow : input.flows())
          if (flow.uid != no_id) flows_.push_back(&flow);
    std::sort(flows_.begin(), flows_.end(), [](const Flow* a, const Flow* b) { return place_of(*a) < place_of(*b); });
  }

  // Whether there are packets at each of the flow's times, and none of its own user's.
  bool are_others(const Flow& flow) {
    if (flows_.empty() || flow.uid == no_id || flow.first == no_time) return false;
    if (flow.protocol != ip_protocol::unknown) return are_others(flow, place_of(flow));
    return are_others(flow, {flow.to, flow.port, ip_protocol::tcp}) ||
           are_others(flow, {flow.to, flow.port, ip_protocol::udp});
  }

 private:
  using Place = std::tuple<Address, std::uint16_t, std::uint8_t>;
  using Seconds = std::vector<std::uint32_t>;
  static constexpr std::uint32_t slack = 2;  // two logs, one of which may have no fractions

  static Place place_of(const Flow& flow) { return {flow.to, flow.port, flow.protocol}; }

  static void add_seconds(Seconds& seconds, const Flow& flow) {
    if (!flow.seconds.empty())
      seconds.insert(seconds.end(), flow.seconds.begin(), flow.seconds.end());
    else if (flow.first >= 0 && flow.first / second <= 0xffffffff)
      seconds.push_back(static_cast<std::uint32_t>(flow.first / second));
  }

  static bool has_near(const Seconds& sorted, std::uint32_t at) {
    const auto next = std::lower_bound(sorted.begin(), sorted.end(), at < slack ? 0 : at - slack);
    return next != sorted.end() && *next <= std::uint64_t{at} + slack;
  }

  // Of all packets to the place, by user, and as no_id's those of every user; nullptr where there are none.
  const std::map<std::uint32_t, Seconds>* packets_to(const Place& place) {
    auto flow = std::lower_bound(flows_.begin(), flows_.end(), place,
                                 [](const Flow* a, const Place& b) { return place_of(*a) < b; });
    if (flow == flows_.end() || place_of(**flow) != place) return nullptr;
    const auto [known, is_new] = places_.try_emplace(place);
    std::map<std::uint32_t, Seconds>& packets = known->second;
    if (!is_new) return &packets;
    for (; flow != flows_.end() && place_of(**flow) == place; ++flow) {
      add_seconds(packets[(*flow)->uid], **flow);
      add_seconds(packets[no_id], **flow);
    }
    for (auto& [uid, seconds] : packets) std::sort(seconds.begin(), seconds.end());
    return &packets;
  }

  bool are_others(const Flow& flow, const Place& place) {
    const auto* packets = packets_to(place);
    if (packets == nullptr) return false;
    const Seconds& anybodys = packets->at(no_id);
    const auto own = packets->find(flow.uid);
    Seconds seconds;
    add_seconds(seconds, flow);
    return !seconds.empty() && std::all_of(seconds.begin(), seconds.end(), [&](std::uint32_t at) {
      return has_near(anybodys, at) && (own == packets->end() || !has_near(own->second, at));
    });
  }

  std::vector<const Flow*> flows_;                            // by place
  std::map<Place, std::map<std::uint32_t, Seconds>> places_;  // those that were asked for
};

void add_witness(Attempt& attempt, const Witness& witness) {
  auto place = std::find_if(attempt.witnesses.begin(), attempt.witnesses.end(), [&](const Witness& known) {
    return known.trust == witness.trust &&
           (known.format.data() == witness.format.data() || known.format == witness.format);
  });
  if (place == attempt.witnesses.end()) {
    const auto before = [](const Witness& a, const Witness& b) {
      return a.format != b.format ? a.format < b.format : a.trust < b.trust;
    };
    attempt.witnesses.insert(std::upper_bound(attempt.witnesses.begin(), attempt.witnesses.end(), witness, before),
                             witness);
    return;
  }
  place->passed += witness.passed;
  place->denied += witness.denied;
  place->unsent += witness.unsent;
}

void record(Attempt& attempt, const Observations& input, Outcome outcome, std::uint64_t count, std::uint32_t gid,
            std::string_view exe) {
  Witness witness{input.format, input.trust, 0, 0, 0};
  (outcome == Outcome::attempted ? witness.passed
   : outcome == Outcome::denied  ? witness.denied
                                 : witness.unsent) = count;
  add_witness(attempt, witness);
  if (input.trust == Trust::claimed) return;
  if (gid != no_id) append(attempt.gids, gid);
  if (!exe.empty()) append(attempt.exes, exe);
}

void collect_flows(const Observations& input, const LearnOptions& options, PacketOwners& owners, Collection& collection,
                   LearnSummary& summary) {
  for (const Flow& flow : input.flows()) {
    if (is_filtered(options, flow.uid, flow.gid)) {
      summary.filtered += flow.count;
      continue;
    }
    AttemptKey key{flow.uid, flow.gid, flow.to, flow.port, flow.protocol};
    // The socket was handed on, or made before its process became this user: whose it is, the packets say.
    if (input.trust == Trust::kernel && owners.are_others(flow)) key.uid = key.gid = no_id;
    Attempt& attempt = collection.find(key);
    record(attempt, input, flow.outcome, flow.count, flow.gid, input.strings[flow.exe]);
    if (input.trust == Trust::claimed) continue;
    attempt.by_loopback |= flow.by_loopback;
    widen(attempt.first, attempt.last, flow.first, flow.last);
    if (flow.seconds.empty())
      add_second(attempt, flow.first);
    else
      attempt.seconds.insert(attempt.seconds.end(), flow.seconds.begin(), flow.seconds.end());
  }
}

// The system calls of the inputs of one trust, joined into connections and counted.
Observations join_system_calls(std::span<const Observations> inputs, Trust trust, const LearnOptions& options,
                               LearnSummary& summary) {
  Observations joined;
  std::vector<const Observations*> chosen;
  for (const Observations& input : inputs)
    if (input.trust == trust && !input.socket_events.empty()) chosen.push_back(&input);
  if (chosen.empty()) return joined;
  joined.format = chosen.front()->format;
  joined.trust = trust;
  joined.since = options.since;
  joined.until = options.until;
  summary.not_egress += join_descriptors(chosen, joined).not_egress;
  joined.finish();
  return joined;
}

std::uint64_t sum(const Attempt& attempt, Trust least, std::uint64_t Witness::*count) {
  std::uint64_t sum = 0;
  for (const Witness& witness : attempt.witnesses)
    if (witness.trust >= least) sum += witness.*count;
  return sum;
}

std::uint64_t most_seen(const Attempt& attempt, Trust least) {
  std::uint64_t most = 0;
  for (const Witness& witness : attempt.witnesses)
    if (witness.trust >= least) most = std::max(most, witness.passed + witness.denied + witness.unsent);
  return most;
}

bool same_place(const AttemptKey& a, const AttemptKey& b) {
  return a.uid == b.uid && a.gid == b.gid && a.to == b.to && a.port == b.port;
}

bool is_known(const Attempt& attempt) {
  return attempt.key.protocol == ip_protocol::tcp || attempt.key.protocol == ip_protocol::udp;
}

// audit alone may not know a protocol that a packet, or another descriptor, tells. Keys of one place stand together,
// the unknown protocol (0) first.
std::vector<Attempt> join_unknown_protocols(std::vector<Attempt> attempts) {
  std::vector<Attempt> joined;
  joined.reserve(attempts.size());
  for (std::size_t i = 0; i < attempts.size();) {
    std::size_t end = i + 1;
    while (end < attempts.size() && same_place(attempts[i].key, attempts[end].key)) ++end;
    if (attempts[i].key.protocol == ip_protocol::unknown) {
      const auto known =
          std::find_if(attempts.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                       attempts.begin() + static_cast<std::ptrdiff_t>(end), [&](const Attempt& other) {
                         return is_known(other) && other.passed(Trust::packet) + other.denied(Trust::packet) != 0;
                       });
      if (known != attempts.begin() + static_cast<std::ptrdiff_t>(end)) {
        merge(*known, attempts[i]);
        ++i;
      }
    }
    for (; i < end; ++i) joined.push_back(std::move(attempts[i]));
  }
  return joined;
}

}  // namespace

std::uint64_t Attempt::passed(Trust least) const { return sum(*this, least, &Witness::passed); }

std::uint64_t Attempt::denied(Trust least) const { return sum(*this, least, &Witness::denied); }

std::uint64_t Attempt::unsent() const { return sum(*this, Trust::packet, &Witness::unsent); }

std::uint64_t Attempt::seen() const { return most_seen(*this, Trust::packet); }

std::uint64_t Attempt::records() const {
  const std::uint64_t trusted = seen();
  return trusted != 0 ? trusted : most_seen(*this, Trust::claimed);
}

bool in_any(const std::vector<IdRange>& ranges, std::uint32_t id) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [id](const IdRange& range) { return range.first <= id && id <= range.last; });
}

bool is_filtered(const LearnOptions& options, std::uint32_t uid, std::uint32_t gid) {
  const auto outside = [](const std::vector<IdRange>& ranges, std::uint32_t id) {
    return !ranges.empty() && id != no_id && !in_any(ranges, id);
  };
  return outside(options.uids, uid) || outside(options.gids, gid);
}

void widen(Micros& first, Micros& last, Micros from, Micros until) {
  if (from == no_time) return;
  if (first == no_time || from < first) first = from;
  if (last == no_time || until > last) last = until;
}

void add_second(Attempt& attempt, Micros at) {
  const Micros seconds = at / second;
  if (at == no_time || seconds < 0 || seconds > 0xffffffff) return;
  if (attempt.seconds.empty() || attempt.seconds.back() != static_cast<std::uint32_t>(seconds))
    attempt.seconds.push_back(static_cast<std::uint32_t>(seconds));
}

void merge(Attempt& into, const Attempt& from) {
  for (const Witness& witness : from.witnesses) add_witness(into, witness);
  unite(into.exes, from.exes);
  unite(into.gids, from.gids);
  unite(into.claimed, from.claimed);
  widen(into.first, into.last, from.first, from.last);
  into.by_loopback |= from.by_loopback;
  unite(into.seconds, from.seconds);
}

std::vector<Attempt> collect_attempts(std::span<const Observations> inputs, const LearnOptions& options,
                                      std::deque<Observations>& joined, LearnSummary& summary) {
  Collection collection(!options.gids.empty());
  PacketOwners owners(inputs);
  const auto collect = [&](const Observations& input) {
    summary.filtered += input.outside;
    collect_flows(input, options, owners, collection, summary);
  };
  for (const Observations& input : inputs) collect(input);
  for (const Trust trust : {Trust::kernel, Trust::packet, Trust::claimed}) {
    joined.push_back(join_system_calls(inputs, trust, options, summary));
    collect(joined.back());
  }
  return join_unknown_protocols(std::move(collection).take());
}

}  // namespace egressc::learn
