#include "guard/judge.h"

#include <fmt/core.h>

#include <algorithm>

#include "egressc/policy.h"
#include "model/words/words.h"

namespace egressc::guard {
namespace {

using Ids = std::vector<IdRange>;  // empty: all

bool overlap(const Ids& a, const Ids& b) {
  if (a.empty() || b.empty()) return true;
  return std::any_of(a.begin(), a.end(), [&](const IdRange& x) {
    return std::any_of(b.begin(), b.end(), [&](const IdRange& y) { return x.first <= y.last && y.first <= x.last; });
  });
}

bool contains(const Ids& outer, const Ids& inner) {
  if (outer.empty()) return true;
  return !inner.empty() && std::all_of(inner.begin(), inner.end(), [&](const IdRange& x) {
    return std::any_of(outer.begin(), outer.end(),
                       [&](const IdRange& y) { return y.first <= x.first && x.last <= y.last; });
  });
}

// `entries` sorted, without those of `but`.
void subtract(std::vector<EntryId>& entries, std::vector<EntryId> but) {
  sort_unique(entries);
  sort_unique(but);
  std::erase_if(entries, [&](EntryId entry) { return std::binary_search(but.begin(), but.end(), entry); });
}

void take(ServiceSplit& split, const ServiceSet& services, const Objection& objection) {
  ServiceSet taken = split.kept & services;
  if (taken.empty()) return;
  split.kept = split.kept - services;
  split.lost.push_back({std::move(taken), objection});
}

void split_half(const Prefix& half, std::span<const Prefix> inside, std::vector<Prefix>& parts);

// Halves `place` until nothing of `inside`, which is sorted, lies within a part.
void split(const Prefix& place, std::span<const Prefix> inside, std::vector<Prefix>& parts) {
  if (inside.empty()) return parts.push_back(place);
  const auto length = static_cast<std::uint8_t>(place.length + 1);
  const Prefix lower = prefix_around(place.address, length);
  const Prefix upper = prefix_around(range_of(place).last, length);
  const auto middle = std::partition_point(inside.begin(), inside.end(),
                                           [&](const Prefix& prefix) { return prefix.address < upper.address; });
  split_half(lower, inside.first(static_cast<std::size_t>(middle - inside.begin())), parts);
  split_half(upper, inside.last(static_cast<std::size_t>(inside.end() - middle)), parts);
}

// `inside` may begin with the half itself, which sorts before what lies within it.
void split_half(const Prefix& half, std::span<const Prefix> inside, std::vector<Prefix>& parts) {
  while (!inside.empty() && inside.front() == half) inside = inside.subspan(1);
  split(half, inside, parts);
}

}  // namespace

void ListIndex::holding(const Prefix& place, std::vector<EntryId>& entries) const {
  const auto held = [&](const Prefix& prefix) {
    std::vector<EntryId> some;
    std::vector<EntryId> but;
    to.prefixes.covering(prefix, some);
    except.prefixes.covering(prefix, but);
    subtract(some, std::move(but));
    return some;
  };
  std::vector<EntryId> all = held(place);
  if (place.is_single()) {
    // Behind bits that may be anything, where no prefix holds it.
    std::vector<EntryId> but;
    except.prefixes.covering(place, but);
    for (const Address& address : embedded_ipv4(place.address)) {
      std::vector<EntryId> some = held(single(address));
      subtract(some, but);
      all.insert(all.end(), some.begin(), some.end());
    }
  }
  entries.insert(entries.end(), all.begin(), all.end());
}

Location where(const Objection& objection) {
  return objection.entry != nullptr ? objection.entry->where : objection.guard->allow_where;
}

std::string describe(const Objection& objection) {
  if (objection.entry == nullptr) return "not in allow";
  const std::string_view what = objection.by_address ? "an address of a name that is never granted" : "never";
  return objection.entry->reason.empty() ? std::string(what) : fmt::format("{}, {}", what, objection.entry->reason);
}

bool concerns_some(const GuardSubjects& subjects, const Subject& subject) {
  return overlap(subjects.uids, subject.uids) && overlap(subjects.gids, subject.gids);
}

bool concerns_all(const GuardSubjects& subjects, const Subject& subject) {
  return contains(subjects.uids, subject.uids) && contains(subjects.gids, subject.gids);
}

Judge::Judge(const CeilingIndex& index, const Subject& subject, std::span<const DomainName> names)
    : index_(index), subject_(subject) {
  for (std::size_t i = 0; i < index.guards.size(); ++i) {
    const Guard& guard = index.guards[i];
    if (!concerns_some(guard.subjects, subject)) continue;
    ByName& by_name = guards_.emplace_back(ByName{i, {}, names.empty() ? ServiceSet{} : every_service()});
    for (const DomainName& name : names) {
      std::vector<EntryId> never;
      std::vector<EntryId> except;
      index.indexes[i].never.to.names.touching(name, never);
      index.indexes[i].never.except.names.covering(name, except);
      subtract(never, std::move(except));
      for (const EntryId entry : never)
        if (concerns_some(guard.never[entry].subjects, subject)) by_name.never.push_back(entry);
      if (!guard.allow) continue;
      std::vector<EntryId> allow;
      index.indexes[i].allow.to.names.covering(name, allow);
      ServiceSet allowed;
      for (const EntryId entry : allow)
        if (concerns_all((*guard.allow)[entry].subjects, subject))
          allowed = allowed | index.indexes[i].allow.services[entry];
      by_name.allowed = by_name.allowed & allowed;
    }
    sort_unique(by_name.never);
  }
}

std::vector<Prefix> Judge::parts(const Prefix& place, const Closed* closed) const {
  if (place.is_single()) return {place};
  std::vector<Prefix> inside;
  for (const ByName& guard : guards_) {
    const GuardIndex& index = index_.indexes[guard.guard];
    index.never.to.prefixes.inside(place, inside);
    index.never.except.prefixes.inside(place, inside);
    index.allow.to.prefixes.inside(place, inside);
  }
  if (closed != nullptr) closed->places.inside(place, inside);
  std::sort(inside.begin(), inside.end());
  std::vector<Prefix> parts;
  split(place, inside, parts);
  return parts;
}

ServiceSplit Judge::judge(const Prefix& part, const ServiceSet& wanted, const Closed* closed) const {
  const bool is_ipv4 = part.address.family == Family::ipv4;
  ServiceSplit split{wanted, {}};
  (is_ipv4 ? split.kept.icmpv6 : split.kept.icmp) = false;
  for (const ByName& by_name : guards_) {
    const Guard& guard = index_.guards[by_name.guard];
    const GuardIndex& index = index_.indexes[by_name.guard];
    std::vector<EntryId> never = by_name.never;
    index.never.holding(part, never);
    sort_unique(never);
    for (const EntryId entry : never)
      if (concerns_some(guard.never[entry].subjects, subject_))
        take(split, index.never.services[entry], {&guard, &guard.never[entry]});
    if (!guard.allow) continue;
    std::vector<EntryId> allow;
    index.allow.to.prefixes.covering(part, allow);
    ServiceSet allowed = by_name.allowed;
    for (const EntryId entry : allow)
      if (concerns_all((*guard.allow)[entry].subjects, subject_)) allowed = allowed | index.allow.services[entry];
    take(split, every_service() - allowed, {&guard, nullptr});
  }
  if (closed != nullptr) {
    std::vector<EntryId> entries;
    closed->places.covering(part, entries);
    sort_unique(entries);
    for (const EntryId entry : entries) take(split, closed->lost[entry].services, closed->lost[entry].objection);
  }
  if (!split.kept.empty()) (is_ipv4 ? split.kept.icmpv6 : split.kept.icmp) = is_ipv4 ? wanted.icmpv6 : wanted.icmp;
  return split;
}

// What covers all of a family holds whatever address there will be.
ServiceSplit Judge::judge_live(Family family, const ServiceSet& wanted) const {
  return judge(Prefix{{family, 0, 0}, 0}, wanted);
}

std::vector<Lost> Judge::lost_by_name(const ServiceSet& wanted) const {
  std::vector<Lost> lost;
  for (const ByName& by_name : guards_) {
    const Guard& guard = index_.guards[by_name.guard];
    for (const EntryId entry : by_name.never) {
      ServiceSet taken = wanted & index_.indexes[by_name.guard].never.services[entry];
      if (!taken.empty()) lost.push_back({std::move(taken), {&guard, &guard.never[entry]}});
    }
  }
  return lost;
}

}  // namespace egressc::guard
