#include <algorithm>

#include "guard/judge.h"
#include "model/words/words.h"

namespace egressc::guard {
namespace {

std::string reversed(std::string_view key) { return {key.rbegin(), key.rend()}; }

// What a translator makes of an IPv6 address is as forbidden as the address that it makes of it.
void add_forms(const GuardPlaces& places, EntryId entry, PlaceIndex& index) {
  for (const Prefix& prefix : places.prefixes)
    for (const Prefix& form : ipv6_forms(prefix)) index.prefixes.add(form, entry);
}

void add_all(const GuardPlaces& places, EntryId entry, PlaceIndex& index) {
  for (const Prefix& prefix : places.prefixes) index.prefixes.add(prefix, entry);
  for (const DomainName& name : places.names) index.names.add(name, entry);
}

}  // namespace

void GuardedPrefixes::add(const Prefix& prefix, EntryId entry) { all_.emplace_back(prefix, entry); }

void GuardedPrefixes::finish() {
  std::sort(all_.begin(), all_.end());
  for (const auto& [prefix, entry] : all_)
    lengths_[prefix.address.family == Family::ipv4 ? 0 : 1].push_back(prefix.length);
  for (auto& lengths : lengths_) sort_unique(lengths);
}

void GuardedPrefixes::covering(const Prefix& place, std::vector<EntryId>& entries) const {
  for (const std::uint8_t length : lengths_[place.address.family == Family::ipv4 ? 0 : 1]) {
    if (length > place.length) break;
    const Prefix around = prefix_around(place.address, length);
    for (auto at = std::lower_bound(all_.begin(), all_.end(), std::pair{around, EntryId{0}});
         at != all_.end() && at->first == around; ++at)
      entries.push_back(at->second);
  }
}

void GuardedPrefixes::inside(const Prefix& place, std::vector<Prefix>& prefixes) const {
  for (auto at = std::lower_bound(all_.begin(), all_.end(), std::pair{place, EntryId{0}});
       at != all_.end() && contains(place, at->first.address); ++at)
    if (at->first.length > place.length) prefixes.push_back(at->first);
}

void GuardedNames::add(const DomainName& name, EntryId entry) {
  by_key_.emplace(name.key(), entry);
  from_end_.emplace(reversed(name.key()), entry);
}

void GuardedNames::covering(const DomainName& name, std::vector<EntryId>& entries) const {
  const auto add = [&](const std::string& key) {
    for (auto [at, end] = by_key_.equal_range(key); at != end; ++at) entries.push_back(at->second);
  };
  const std::string& key = name.key();
  if (!name.is_wildcard()) add(key);
  for (std::size_t dot = key.find('.'); dot != key.npos; dot = key.find('.', dot + 1)) add('*' + key.substr(dot));
}

void GuardedNames::touching(const DomainName& name, std::vector<EntryId>& entries) const {
  covering(name, entries);
  if (!name.is_wildcard()) return;
  const std::string below = reversed(std::string_view(name.key()).substr(1));
  for (auto at = from_end_.lower_bound(below); at != from_end_.end() && at->first.starts_with(below); ++at)
    entries.push_back(at->second);
}

ListIndex::ListIndex(const std::vector<GuardEntry>& entries, bool with_forms) {
  for (const GuardEntry& entry : entries) {
    const auto id = static_cast<EntryId>(services.size());
    add_all(entry.to, id, to);
    add_all(entry.except, id, except);
    if (with_forms) {
      add_forms(entry.to, id, to);
      add_forms(entry.except, id, except);
    }
    services.push_back(entry.services.empty() ? every_service() : set_of(entry.services));
  }
  to.prefixes.finish();
  except.prefixes.finish();
}

GuardIndex::GuardIndex(const Guard& guard)
    : never(guard.never, true), allow(guard.allow ? *guard.allow : std::vector<GuardEntry>{}, false) {}

CeilingIndex::CeilingIndex(std::vector<Guard> all) : guards(std::move(all)) {
  for (const Guard& guard : guards) indexes.emplace_back(guard);
}

}  // namespace egressc::guard
