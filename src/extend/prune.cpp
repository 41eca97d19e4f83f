#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "extend/extend.h"
#include "extend/holders.h"

namespace egressc {
namespace {

std::string key_of(const std::vector<std::string>& uids, const std::vector<std::string>& gids,
                   const std::vector<std::string>& names, const std::string& prefix) {
  return fmt::format("{} {} {} {}", fmt::join(uids, ","), fmt::join(gids, ","), fmt::join(names, ","), prefix);
}

std::vector<std::string> texts_of(const std::vector<IdRange>& ids) {
  std::vector<std::string> texts;
  for (const IdRange& range : ids)
    texts.push_back(range.first == range.last ? fmt::to_string(range.first)
                                              : fmt::format("{}-{}", range.first, range.last));
  return texts;
}

// Grants of the policy that runs, by whose they are and where they lead.
class Counters {
 public:
  explicit Counters(const GrantCounters* counters) : since_(counters == nullptr ? no_time : counters->since) {
    if (counters == nullptr) return;
    for (const GrantCounter& counter : counters->grants)
      by_key_[key_of(counter.uids, counter.gids, counter.names, counter.prefix)].push_back(&counter);
  }

  // Of each counter that this grant may have used, the packets; none: it is not counted.
  std::vector<std::uint64_t> packets(const Subject& subject, const Grant& grant) const {
    Policy ids;  // for its normal form
    ids.subjects.emplace_back().uids = subject.uids;
    ids.subjects.front().gids = subject.gids;
    normalize(ids);
    std::vector<std::string> names;
    for (const DomainName& name : grant.names) names.push_back(name.key());
    std::sort(names.begin(), names.end());
    const auto found = by_key_.find(key_of(texts_of(ids.subjects.front().uids), texts_of(ids.subjects.front().gids),
                                           names, grant.prefix ? to_string(*grant.prefix) : ""));
    std::vector<std::uint64_t> counts;
    if (found == by_key_.end()) return counts;
    for (const GrantCounter* counter : found->second)
      if (std::any_of(grant.services.begin(), grant.services.end(),
                      [&](const Service& service) { return holds(counter->services, service); }))
        counts.push_back(counter->packets);
    return counts;
  }
  bool began_before(Micros time) const { return since_ != no_time && since_ <= time; }

 private:
  Micros since_;
  std::map<std::string, std::vector<const GrantCounter*>> by_key_;
};

bool is_unused(const Subject& subject, const Grant& grant, Micros before, const Counters& counters) {
  if (grant.evidence.last == no_time || grant.evidence.last >= before) return false;
  const std::vector<std::uint64_t> packets = counters.packets(subject, grant);
  if (std::any_of(packets.begin(), packets.end(), [](std::uint64_t count) { return count != 0; })) return false;
  // What a live name comes to mean is not in its evidence.
  return !grant.live || (!packets.empty() && counters.began_before(before));
}

}  // namespace

std::vector<Pruned> prune(Extended& extended, Micros before, const GrantCounters* counters) {
  const Counters counts(counters);
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  for (const Location& where : extended.seen) seen.insert({where.line, where.column});
  std::vector<Pruned> pruned;
  for (Subject& subject : extended.policy.subjects) {
    std::erase_if(subject.allow, [&](const Grant& grant) {
      if (seen.contains({grant.where.line, grant.where.column}) || !is_unused(subject, grant, before, counts))
        return false;
      pruned.push_back({grant, subject.label});
      subject.review.push_back({grant, Reason::unused});
      return true;
    });
  }
  return pruned;
}

}  // namespace egressc
