#include "explain/cases.h"

#include <algorithm>
#include <set>

#include "explain/grant_match.h"

namespace egressc {
namespace {

constexpr std::size_t most_addresses = 256;
constexpr std::size_t most_candidates = 256;

// An id of each range, and one that is in none.
std::vector<std::uint32_t> representatives(const Policy& policy, std::vector<IdRange> Subject::*ids) {
  std::set<std::uint32_t> found;
  std::vector<IdRange> ranges;
  for (const Subject& subject : policy.subjects)
    for (const IdRange& range : subject.*ids) ranges.push_back(range);
  std::sort(ranges.begin(), ranges.end());
  std::uint32_t outside = 0;
  for (const IdRange& range : ranges) {
    if (found.size() < most_candidates) found.insert(range.first);
    if (range.first <= outside && outside <= range.last) outside = range.last + 1;
  }
  std::vector<std::uint32_t> candidates(found.begin(), found.end());
  if (outside != no_id) candidates.push_back(outside);
  return candidates;
}

void add_family_of(std::set<Address>& addresses, KnownAddresses& known, const Grant& grant) {
  for (const Prefix& prefix : grant.addresses) {
    addresses.insert(prefix.address);
    known.prefixes = known.prefixes || !prefix.is_single();
  }
}

template <typename Use>
void each_entry(const Policy& policy, Use use) {
  const auto reviews = [&](const std::vector<Review>& entries) {
    for (const Review& entry : entries) use(entry.what);
  };
  for (const Subject& subject : policy.subjects) {
    for (const Grant& grant : subject.allow) use(grant);
    reviews(subject.review);
  }
  reviews(policy.review);
}

}  // namespace

Askers askers_of(const Policy& policy, const FlowQuestion& question) {
  std::vector<std::uint32_t> uids, gids;
  if (question.uid) uids = {*question.uid};
  if (question.gid) gids = {*question.gid};
  for (const Subject& subject : policy.subjects) {
    if (subject.label != question.subject) continue;
    if (!subject.uids.empty()) uids = {subject.uids.front().first};
    if (!subject.gids.empty() && !question.gid) gids = {subject.gids.front().first};
  }
  Askers askers;
  if (gids.empty()) {
    gids = representatives(policy, &Subject::gids);
    askers.open = "gid";
  }
  if (uids.empty()) {
    uids = representatives(policy, &Subject::uids);
    askers.open = "uid";
  }
  std::set<std::pair<const Subject*, bool>> seen;
  for (const std::uint32_t uid : uids)
    for (const std::uint32_t gid : gids)
      if (seen.insert({holder_of(policy, {uid, gid}), is_governed(policy, {uid, gid})}).second)
        askers.ids.push_back({uid, gid});
  if (askers.ids.size() == 1) askers.open = {};
  return askers;
}

KnownAddresses addresses_of(const Policy& policy, const DomainName& name) {
  KnownAddresses known;
  std::set<Address> addresses;
  each_entry(policy, [&](const Grant& grant) {
    const bool names_it = std::any_of(grant.names.begin(), grant.names.end(), [&](const DomainName& granted) {
      return granted == name || granted.matches(name);
    });
    if (!names_it) return;
    known.known = true;
    add_family_of(addresses, known, grant);
  });
  for (const Address& address : addresses) {
    if (known.addresses.size() < most_addresses)
      known.addresses.push_back(address);
    else
      ++known.left_out;
  }
  return known;
}

std::vector<DomainName> names_of(const Policy& policy, const Address& address) {
  std::set<DomainName> names;
  each_entry(policy, [&](const Grant& grant) {
    if (!grant.names.empty() && holds_address(grant, address)) names.insert(grant.names.begin(), grant.names.end());
  });
  return {names.begin(), names.end()};
}

}  // namespace egressc
