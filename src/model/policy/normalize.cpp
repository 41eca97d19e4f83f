#include <fmt/core.h>

#include <array>
#include <iterator>
#include <limits>

#include "egressc/observation.h"
#include "model/policy/forms.h"
#include "model/values/ranges.h"
#include "model/words/text.h"
#include "model/words/words.h"

namespace egressc::model {
namespace {

std::strong_ordering order_of_text(const std::string& a, const std::string& b) { return a.compare(b) <=> 0; }

std::strong_ordering order_of_destination(const Grant& a, const Grant& b) {
  if (const auto order = a.prefix.has_value() <=> b.prefix.has_value(); order != 0) return order;
  if (const auto order = a.names <=> b.names; order != 0) return order;
  return a.prefix <=> b.prefix;
}

std::strong_ordering order_of_rest(const Grant& a, const Grant& b) {
  if (const auto order = a.addresses <=> b.addresses; order != 0) return order;
  if (const auto order = a.live <=> b.live; order != 0) return order;
  if (const auto order = a.expires <=> b.expires; order != 0) return order;
  if (const auto order = a.is_new <=> b.is_new; order != 0) return order;
  if (const auto order = a.new_addresses <=> b.new_addresses; order != 0) return order;
  return order_of_text(a.comment, b.comment);
}

// Names before prefixes; then names, prefix, services, addresses, live, expires, comment. Evidence does not count.
std::strong_ordering order_of(const Grant& a, const Grant& b) {
  if (const auto order = order_of_destination(a, b); order != 0) return order;
  if (const auto order = a.services <=> b.services; order != 0) return order;
  return order_of_rest(a, b);
}

std::strong_ordering order_of(const Review& a, const Review& b) {
  if (const auto order = order_of(a.what, b.what); order != 0) return order;
  return a.reason <=> b.reason;
}

// The same without services: equal entries can become one by putting their services together. Entries of review that
// name no service (a claim without a port) stay apart from those that do.
std::strong_ordering merge_order_of(const Grant& a, const Grant& b) {
  if (const auto order = order_of_destination(a, b); order != 0) return order;
  if (const auto order = a.services.empty() <=> b.services.empty(); order != 0) return order;
  return order_of_rest(a, b);
}

std::strong_ordering merge_order_of(const Review& a, const Review& b) {
  if (const auto order = merge_order_of(a.what, b.what); order != 0) return order;
  return a.reason <=> b.reason;
}

void normalize(std::vector<std::string>& texts) {
  for (std::string& text : texts)
    if (find_invalid_utf8(text) != std::string::npos) text = valid_utf8(text);
  std::erase(texts, std::string());
  sort_unique(texts);
}

void normalize(Micros& time) {
  static const Micros earliest = days_from_civil({0, 1, 1}) * 86400 * second;
  static const Micros end = days_from_civil({10000, 1, 1}) * 86400 * second;
  if (time < earliest || time >= end) time = no_time;
  if (time != no_time) time -= (time % second + second) % second;
}

template <typename T>
void append(std::vector<T>& into, std::vector<T>&& from) {
  into.insert(into.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Lists sorted and without doubles, text as UTF-8, times in whole seconds of years that have four digits.
void normalize(Evidence& evidence) {
  normalize(evidence.first);
  normalize(evidence.last);
  normalize(evidence.by);
  normalize(evidence.exe);
  normalize(evidence.claimed);
  std::erase(evidence.gid, no_id);
  sort_unique(evidence.gid);
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

void require_same(bool same, std::string_view setting, std::string_view one, std::string_view other,
                  Diagnostics& diagnostics) {
  if (same) return;
  diagnostics.error({}, fmt::format("the policies differ in `{}`: {} and {}", setting, one, other),
                    fmt::format("make them agree, or compile them one by one"));
}

}  // namespace

}  // namespace egressc::model

namespace egressc {

void merge(Evidence& into, Evidence&& from) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  into.seen = from.seen > most - into.seen ? most : into.seen + from.seen;
  if (from.first != no_time) into.first = into.first == no_time ? from.first : std::min(into.first, from.first);
  into.last = std::max(into.last, from.last);  // no_time is the smallest
  model::append(into.by, std::move(from.by));
  model::append(into.exe, std::move(from.exe));
  model::append(into.gid, std::move(from.gid));
  model::append(into.claimed, std::move(from.claimed));
}

void normalize(Policy& policy) {
  using namespace model;
  sort_unique(policy.resolvers);
  sort_unique(policy.baseline);
  for (Subject& subject : policy.subjects) {
    join_ranges(subject.uids);
    join_ranges(subject.gids);
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
  model::normalize_entries(policy.review);
}

void merge_policy(Policy& into, Policy from, Diagnostics& diagnostics) {
  using namespace model;
  require_same(into.scope == from.scope, "scope", to_string(into.scope), to_string(from.scope), diagnostics);
  require_same(into.deny == from.deny, "deny", to_string(into.deny), to_string(from.deny), diagnostics);
  require_same(into.mode == from.mode, "mode", to_string(into.mode), to_string(from.mode), diagnostics);
  require_same(into.established == from.established, "established", to_string(into.established),
               to_string(from.established), diagnostics);
  require_same(into.log == from.log, "log", "one rule", "another", diagnostics);
  append(into.resolvers, std::move(from.resolvers));
  append(into.baseline, std::move(from.baseline));
  append(into.review, std::move(from.review));
  for (Subject& subject : from.subjects) {
    const auto same = [&](const Subject& known) { return known.uids == subject.uids && known.gids == subject.gids; };
    const auto known = std::find_if(into.subjects.begin(), into.subjects.end(), same);
    if (known == into.subjects.end()) {
      into.subjects.push_back(std::move(subject));
      continue;
    }
    append(known->allow, std::move(subject.allow));
    append(known->review, std::move(subject.review));
  }
}

}  // namespace egressc
