#include "extend/ledger.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace egressc::extend {
namespace {

template <typename T>
void add_missing(std::vector<T>& into, const std::vector<T>& from) {
  for (const T& value : from)
    if (std::find(into.begin(), into.end(), value) == into.end()) into.push_back(value);
}

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return b > std::numeric_limits<std::uint64_t>::max() - a ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

// Everything but the count.
void widen(Evidence& into, const Evidence& from) {
  if (from.first != no_time) into.first = into.first == no_time ? from.first : std::min(into.first, from.first);
  into.last = std::max(into.last, from.last);  // no_time is the smallest
  add_missing(into.by, from.by);
  add_missing(into.exe, from.exe);
  add_missing(into.gid, from.gid);
  add_missing(into.claimed, from.claimed);
}

std::uint64_t seen_of(const Evidence& known, const Evidence& gained) {
  const bool has_times = known.last != no_time && gained.first != no_time && gained.last != no_time;
  if (has_times && gained.last <= known.last && known.seen != 0) return known.seen;
  if (has_times && gained.first > known.last) return sum(known.seen, gained.seen);
  return std::max(known.seen, gained.seen);
}

}  // namespace

void add_evidence(Evidence& into, const Evidence& from) {
  into.seen = sum(into.seen, from.seen);
  widen(into, from);
}

void update_evidence(Evidence& into, const Evidence& gained) {
  into.seen = seen_of(into, gained);
  widen(into, gained);
}

void Ledger::add(Entry entry) {
  holders_.add(static_cast<Number>(entries_.size()), entry.review.what);
  entries_.push_back(std::move(entry));
}

void Ledger::add(const std::vector<Grant>& grants) {
  for (const Grant& grant : grants) add(Entry{{grant, Reason::claimed}, {}});
}

void Ledger::add(const std::vector<Review>& reviews) {
  for (const Review& review : reviews) add(Entry{review, {}});
}

void Ledger::propose(Review review) {
  Entry entry;
  // What the same logs add to it later on is counted with it.
  entry.gained = std::exchange(review.what.evidence, {});
  entry.has_gained = true;
  entry.review = std::move(review);
  add(std::move(entry));
}

std::vector<Ledger::Number> Ledger::holding(std::vector<Number> found, const Service& service) const {
  std::erase_if(found, [&](Number number) {
    return entries_[number].is_gone || !holds(entries_[number].review.what.services, service);
  });
  return found;
}

std::vector<Ledger::Number> Ledger::around_all(const Grant& learnt, const Service& service) const {
  std::set<Number> all;
  for (const Prefix& place : reach_of(learnt)) {
    const std::vector<Number> found = holding(holders_.around(place), service);
    if (found.empty()) return {};
    all.insert(found.front());
  }
  return {all.begin(), all.end()};
}

void Ledger::grow(Number number, const Grant& learnt, const Service& service) {
  Entry& entry = entries_[number];
  Grant& grant = entry.review.what;
  if (grant.live) return;
  for (const Prefix& place : learnt.addresses) {
    if (!holding(holders_.around(place), service).empty()) continue;
    grant.addresses.push_back(place);
    if (!grant.is_new) grant.new_addresses.push_back(place);
    entry.has_grown = true;
    holders_.add(number, place);
  }
}

std::vector<Service> Ledger::enter(const Grant& learnt) {
  std::set<Number> holders;
  std::vector<Service> left;
  for (const Service& service : learnt.services) {
    const std::vector<Number> by_name = holding(holders_.named(learnt.names), service);
    if (!by_name.empty()) {
      grow(by_name.front(), learnt, service);
      holders.insert(by_name.front());
      continue;
    }
    const std::vector<Number> by_place = around_all(learnt, service);
    holders.insert(by_place.begin(), by_place.end());
    if (by_place.empty()) left.push_back(service);
  }
  for (const Number number : holders) {
    add_evidence(entries_[number].gained, learnt.evidence);
    entries_[number].has_gained = true;
  }
  return left;
}

std::vector<Service> Ledger::missing(const Grant& learnt) const {
  std::vector<Service> left;
  for (const Service& service : learnt.services) {
    // A name that does not list the addresses yet does not let them pass; a live one may.
    const std::vector<Number> by_name = holding(holders_.named(learnt.names), service);
    const bool follows =
        std::any_of(by_name.begin(), by_name.end(), [&](Number number) { return entries_[number].review.what.live; });
    if (!follows && around_all(learnt, service).empty()) left.push_back(service);
  }
  return left;
}

bool Ledger::enter_place(const Grant& learnt) {
  std::vector<Number> found = holders_.named(learnt.names);
  for (const Prefix& place : reach_of(learnt))
    for (const Number number : holders_.around(place)) found.push_back(number);
  std::erase_if(found, [&](Number number) { return entries_[number].is_gone; });
  if (found.empty()) return false;
  add_evidence(entries_[found.front()].gained, learnt.evidence);
  entries_[found.front()].has_gained = true;
  return true;
}

std::vector<Review> Ledger::take_proposals(const Grant& learnt) {
  std::set<Number> found;
  for (const Number number : holders_.named(learnt.names)) found.insert(number);
  for (const Prefix& place : reach_of(learnt))
    for (const Number number : holders_.around(place)) found.insert(number);
  std::vector<Review> proposals;
  for (const Number number : found) {
    Entry& entry = entries_[number];
    const Grant& grant = entry.review.what;
    if (entry.is_gone || !grant.is_new || entry.review.reason != Reason::denied || grant.services.empty()) continue;
    if (!std::all_of(grant.services.begin(), grant.services.end(),
                     [&](const Service& service) { return holds(learnt.services, service); }))
      continue;
    const std::vector<Prefix> places = reach_of(learnt);
    const std::vector<Prefix> own = reach_of(grant);
    if (!std::all_of(own.begin(), own.end(), [&](const Prefix& place) {
          return std::any_of(places.begin(), places.end(), [&](const Prefix& other) { return contains(other, place); });
        }))
      continue;
    entry.is_gone = true;
    proposals.push_back(entry.review);
  }
  return proposals;
}

bool Ledger::grows() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.has_grown; });
}

void Ledger::settle(std::vector<Location>& seen) {
  for (Entry& entry : entries_) {
    if (!entry.has_gained) continue;
    Grant& grant = entry.review.what;
    update_evidence(grant.evidence, entry.gained);
    if (grant.where.line != 0) seen.push_back(grant.where);
  }
}

std::vector<Review> Ledger::take(std::size_t& grown) && {
  std::vector<Review> list;
  for (Entry& entry : entries_) {
    if (entry.is_gone) continue;
    grown += entry.has_grown;
    list.push_back(std::move(entry.review));
  }
  return list;
}

}  // namespace egressc::extend
