// The places of a guard's entries, to be asked for what covers a place.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "egressc/address.h"
#include "egressc/guard.h"
#include "guard/service_set.h"

namespace egressc {

using EntryId = std::uint32_t;  // its place in the list

class GuardedPrefixes {
 public:
  void add(const Prefix& prefix, EntryId entry);
  // After the last add().
  void finish();
  // Adds the entries with a prefix that contains `place`.
  void covering(const Prefix& place, std::vector<EntryId>& entries) const;
  // Adds the prefixes within `place`, without itself.
  void inside(const Prefix& place, std::vector<Prefix>& prefixes) const;

 private:
  std::vector<std::pair<Prefix, EntryId>> all_;
  std::vector<std::uint8_t> lengths_[2];  // in use, of each family
};

class GuardedNames {
 public:
  void add(const DomainName& name, EntryId entry);
  // Adds the entries with a name or wildcard that holds everything `name` means.
  void covering(const DomainName& name, std::vector<EntryId>& entries) const;
  // Adds those that hold a part of it.
  void touching(const DomainName& name, std::vector<EntryId>& entries) const;

 private:
  // By key, and by key from its end, so that the names below one stand together.
  std::multimap<std::string, EntryId, std::less<>> by_key_;
  std::multimap<std::string, EntryId, std::less<>> from_end_;
};

struct PlaceIndex {
  GuardedPrefixes prefixes;
  GuardedNames names;
};

struct ListIndex {
  explicit ListIndex(const std::vector<GuardEntry>& entries);

  PlaceIndex to;
  PlaceIndex except;
  std::vector<ServiceSet> services;  // of each entry
};

struct GuardIndex {
  explicit GuardIndex(const Guard& guard);

  ListIndex never;
  ListIndex allow;  // of everything: empty
};

struct CeilingIndex {
  explicit CeilingIndex(std::vector<Guard> all);

  std::vector<Guard> guards;
  std::vector<GuardIndex> indexes;  // of each
};

}  // namespace egressc
