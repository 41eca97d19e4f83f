#include "learn/attempts.h"

#include <tsl/hopscotch_map.h>

#include <algorithm>
#include <numeric>

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

template <typename List>
void insert_sorted(List& list, const typename List::value_type& value) {
  if (!list.empty() && list.back() == value) return;
  const auto place = std::lower_bound(list.begin(), list.end(), value);
  if (place == list.end() || *place != value) list.insert(place, value);
}

class Collection {
 public:
  Collection(const LearnOptions& options, LearnSummary& summary) : options_(options), summary_(summary) {}

  Attempt* find(const Connection& connection, std::uint64_t count) {
    if (is_filtered(options_, connection.uid, connection.gid)) {
      summary_.filtered += count;
      return nullptr;
    }
    const AttemptKey key{connection.uid, options_.gids.empty() ? no_id : connection.gid, connection.to, connection.port,
                         connection.protocol};
    const auto [place, added] = index_.try_emplace(key, static_cast<std::uint32_t>(attempts_.size()));
    if (added) {
      attempts_.emplace_back();
      attempts_.back().key = key;
    }
    return &attempts_[place->second];
  }

  std::vector<Attempt> take() && {
    for (Attempt& attempt : attempts_) {
      std::sort(attempt.seconds.begin(), attempt.seconds.end());
      attempt.seconds.erase(std::unique(attempt.seconds.begin(), attempt.seconds.end()), attempt.seconds.end());
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
  const LearnOptions& options_;
  LearnSummary& summary_;
  std::vector<Attempt> attempts_;
  tsl::hopscotch_map<AttemptKey, std::uint32_t, KeyHash> index_;
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
  if (gid != no_id) insert_sorted(attempt.gids, gid);
  if (!exe.empty()) insert_sorted(attempt.exes, exe);
}

void collect_flows(const Observations& input, Collection& collection) {
  for (const Flow& flow : input.flows()) {
    Connection connection;
    connection.uid = flow.uid;
    connection.gid = flow.gid;
    connection.to = flow.to;
    connection.port = flow.port;
    connection.protocol = flow.protocol;
    Attempt* attempt = collection.find(connection, flow.count);
    if (attempt == nullptr) continue;
    record(*attempt, input, flow.outcome, flow.count, flow.gid, input.strings[flow.exe]);
    if (input.trust == Trust::claimed) continue;
    widen(attempt->first, attempt->last, flow.first, flow.last);
    if (flow.seconds.empty())
      add_second(*attempt, flow.first);
    else
      attempt->seconds.insert(attempt->seconds.end(), flow.seconds.begin(), flow.seconds.end());
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
  for (const std::string_view exe : from.exes) insert_sorted(into.exes, exe);
  for (const std::uint32_t gid : from.gids) insert_sorted(into.gids, gid);
  for (const std::string_view name : from.claimed) insert_sorted(into.claimed, name);
  widen(into.first, into.last, from.first, from.last);
  std::vector<std::uint32_t> seconds;
  seconds.reserve(into.seconds.size() + from.seconds.size());
  std::set_union(into.seconds.begin(), into.seconds.end(), from.seconds.begin(), from.seconds.end(),
                 std::back_inserter(seconds));
  into.seconds = std::move(seconds);
}

std::vector<Attempt> collect_attempts(std::span<const Observations> inputs, const LearnOptions& options,
                                      std::deque<Observations>& joined, LearnSummary& summary) {
  Collection collection(options, summary);
  const auto collect = [&](const Observations& input) {
    summary.filtered += input.outside;
    collect_flows(input, collection);
  };
  for (const Observations& input : inputs) collect(input);
  for (const Trust trust : {Trust::kernel, Trust::packet, Trust::claimed}) {
    joined.push_back(join_system_calls(inputs, trust, options, summary));
    collect(joined.back());
  }
  return join_unknown_protocols(std::move(collection).take());
}

}  // namespace egressc::learn
