#include <algorithm>
#include <array>
#include <iterator>

#include "model/evidence.h"
#include "model/policy_order.h"
#include "model/utf8.h"

namespace egressc {
namespace {

template <typename T>
void sort_unique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

// Ranges that overlap or touch become one.
void normalize(std::vector<IdRange>& ids) {
  std::sort(ids.begin(), ids.end());
  std::size_t kept = 0;
  for (const IdRange& range : ids) {
    if (kept != 0 && range.first <= std::uint64_t{ids[kept - 1].last} + 1)
      ids[kept - 1].last = std::max(ids[kept - 1].last, range.last);
    else
      ids[kept++] = range;
  }
  ids.resize(kept);
}

// Drops what another service contains; nothing is joined, so that a person finds what was written.
void normalize(std::vector<Service>& services) {
  if (services.size() < 2) return;
  std::sort(services.begin(), services.end(), [](const Service& a, const Service& b) {
    if (a.ports.first != b.ports.first) return a.ports.first < b.ports.first;
    if (a.ports.last != b.ports.last) return a.ports.last > b.ports.last;
    return a.protocol < b.protocol;  // `any` first
  });
  std::array<int, 5> reach;  // the highest port so far, for each protocol
  reach.fill(-1);
  std::erase_if(services, [&](const Service& service) {
    int& own = reach[static_cast<std::size_t>(service.protocol)];
    const bool splits = service.protocol == Protocol::tcp || service.protocol == Protocol::udp;
    const int covered = splits ? std::max(own, reach[static_cast<std::size_t>(Protocol::any)]) : own;
    own = std::max<int>(own, service.ports.last);
    return covered >= service.ports.last;
  });
  std::sort(services.begin(), services.end());
}

void normalize(std::vector<DomainName>& names) {
  std::sort(names.begin(), names.end(), [](const DomainName& a, const DomainName& b) {
    return a.key() != b.key() ? a.key() < b.key() : a.spelling() < b.spelling();
  });
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

void normalize_comment(std::string& comment) {
  comment.erase(comment.find_last_not_of('\n') + 1);
  if (find_invalid_utf8(comment) != std::string::npos) comment = valid_utf8(comment);
}

void normalize(Grant& grant) {
  normalize(grant.names);
  normalize(grant.services);
  sort_unique(grant.addresses);
  sort_unique(grant.new_addresses);
  std::erase_if(grant.new_addresses, [&](const Prefix& address) {
    return grant.is_new || !std::binary_search(grant.addresses.begin(), grant.addresses.end(), address);
  });
  normalize_comment(grant.comment);
}

Grant& grant_of(Grant& grant) { return grant; }
Grant& grant_of(Review& entry) { return entry.what; }

template <typename T>
void sort_by(std::vector<T>& entries, std::strong_ordering (*order)(const T&, const T&)) {
  const auto less = [order](const T& a, const T& b) { return order(a, b) < 0; };
  // Stable, so that of doubles the first in the file gives its place and its spelling.
  if (!std::is_sorted(entries.begin(), entries.end(), less)) std::stable_sort(entries.begin(), entries.end(), less);
}

template <typename T>
void normalize_entries(std::vector<T>& entries) {
  for (T& entry : entries) normalize(grant_of(entry));
  sort_by<T>(entries, merge_order_of);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (kept != 0 && merge_order_of(entries[kept - 1], entries[i]) == 0) {
      Grant& into = grant_of(entries[kept - 1]);
      Grant& from = grant_of(entries[i]);
      into.services.insert(into.services.end(), from.services.begin(), from.services.end());
      merge(into.evidence, std::move(from.evidence));
      continue;
    }
    if (kept != i) entries[kept] = std::move(entries[i]);
    ++kept;
  }
  entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(kept), entries.end());
  for (T& entry : entries) {
    normalize(grant_of(entry).services);
    normalize(grant_of(entry).evidence);
  }
  sort_by<T>(entries, order_of);
}

}  // namespace

void normalize(Policy& policy) {
  sort_unique(policy.resolvers);
  sort_unique(policy.baseline);
  for (Subject& subject : policy.subjects) {
    normalize(subject.uids);
    normalize(subject.gids);
    normalize_comment(subject.comment);
    normalize_entries(subject.allow);
    normalize_entries(subject.review);
  }
  const auto less = [](const Subject& a, const Subject& b) {
    if (const auto order = a.uids <=> b.uids; order != 0) return order < 0;
    if (const auto order = a.gids <=> b.gids; order != 0) return order < 0;
    return a.label < b.label;
  };
  if (!std::is_sorted(policy.subjects.begin(), policy.subjects.end(), less))
    std::stable_sort(policy.subjects.begin(), policy.subjects.end(), less);
  normalize_entries(policy.review);
}

}  // namespace egressc
