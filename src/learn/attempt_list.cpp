// Attempts for those who want to judge them, not to learn from them.
#include <algorithm>
#include <tuple>

#include "learn/attempts.h"
#include "learn/gather.h"

namespace egressc::learn {
namespace {

// Sorted, one for each key.
std::vector<Attempt> unite(std::vector<Attempt> attempts, std::vector<Attempt> more) {
  attempts.insert(attempts.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  std::stable_sort(attempts.begin(), attempts.end(), [](const Attempt& a, const Attempt& b) { return a.key < b.key; });
  std::vector<Attempt> united;
  for (Attempt& attempt : attempts) {
    if (!united.empty() && united.back().key == attempt.key)
      merge(united.back(), attempt);
    else
      united.push_back(std::move(attempt));
  }
  return united;
}

std::uint64_t reached(const Witness& witness) { return witness.passed + witness.denied; }

Trust best_trust(const Attempt& attempt) {
  Trust best = Trust::claimed;
  for (const Witness& witness : attempt.witnesses) best = std::max(best, witness.trust);
  return best;
}

// Two logs of one connection do not make it two. Claims count only where there is nothing else.
std::uint64_t most(const Attempt& attempt, Trust best, std::uint64_t (*count)(const Witness&)) {
  std::uint64_t most = 0;
  for (const Witness& witness : attempt.witnesses)
    if (best == Trust::claimed || witness.trust != Trust::claimed) most = std::max(most, count(witness));
  return most;
}

AttemptSeen describe(const Attempt& attempt, const NameIndex& names, NamesAt& names_at) {
  const AttemptKey& key = attempt.key;
  AttemptSeen seen;
  seen.uid = key.uid;
  seen.gid = key.gid;
  seen.to = key.to;
  seen.port = key.port;
  seen.protocol = key.protocol;
  std::set<NameId> asked;
  if (names.answers_hold(key.uid, key.to))
    for (const auto& [fitting, seconds] : names_at.at(key.uid, key.to, attempt.seconds))
      asked.insert(fitting.names.begin(), fitting.names.end());
  for (const NameId name : asked) seen.names.push_back(names.spelled(key.uid, name));
  std::sort(seen.names.begin(), seen.names.end());
  seen.claimed.assign(attempt.claimed.begin(), attempt.claimed.end());
  for (const Witness& witness : attempt.witnesses)
    if (seen.by.empty() || seen.by.back() != witness.format) seen.by.emplace_back(witness.format);
  seen.exe.assign(attempt.exes.begin(), attempt.exes.end());
  seen.trust = best_trust(attempt);
  seen.seen = most(attempt, seen.trust, reached);
  seen.denied = most(attempt, seen.trust, [](const Witness& witness) { return witness.denied; });
  seen.by_loopback = attempt.by_loopback;
  seen.first = attempt.first;
  seen.last = attempt.last;
  return seen;
}

}  // namespace
}  // namespace egressc::learn

namespace egressc {

AttemptList attempts_of(std::span<const Observations> inputs, const LearnOptions& options, Diagnostics& diagnostics) {
  using namespace learn;
  AttemptList list;
  LearnSummary summary;
  Gathered gathered = gather(inputs, options, summary, diagnostics);
  const NameIndex& names = gathered.names;
  std::vector<Attempt> believed = believe(gathered.unmatched, names, true);
  std::erase_if(believed, [&](const Attempt& attempt) {
    const bool filtered = is_filtered(options, attempt.key.uid, attempt.key.gid);
    summary.filtered += filtered;
    return filtered;
  });
  const std::vector<Attempt> attempts = unite(std::move(gathered.attempts), std::move(believed));
  list.not_egress = summary.not_egress;
  list.filtered = summary.filtered;
  list.vague = gathered.unmatched.size();

  std::set<std::tuple<Address, std::uint16_t, std::uint8_t>> owned;
  for (const Attempt& attempt : attempts)
    if (attempt.key.uid != no_id) owned.insert({attempt.key.to, attempt.key.port, attempt.key.protocol});
  NamesAt names_at(names);
  for (const Attempt& attempt : attempts) {
    AttemptSeen seen = describe(attempt, names, names_at);
    if (seen.seen == 0)
      list.not_egress += attempt.unsent();
    else if (seen.uid == no_id && owned.contains({seen.to, seen.port, seen.protocol}))
      list.tails += seen.seen;
    else
      list.attempts.push_back(std::move(seen));
  }
  return list;
}

}  // namespace egressc
