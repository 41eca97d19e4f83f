// The places of a guard's entries, to be asked for what covers a place.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "egressc/address.h"
#include "egressc/ceiling.h"
#include "egressc/guard.h"
#include "guard/service_set.h"

namespace egressc::guard {

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
  // `with_forms`: what stands for an address of IPv4 is held like that address.
  ListIndex(const std::vector<GuardEntry>& entries, bool with_forms);

  // Adds the entries that hold `place`, or an address that it stands for, but for what they except.
  void holding(const Prefix& place, std::vector<EntryId>& entries) const;

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

// What the guards say of a grant, place by place.

struct Objection {
  const Guard* guard = nullptr;
  const GuardEntry* entry = nullptr;  // of `never`; nullptr: no entry of `allow` holds it
  bool by_address = false;            // it is closed for another grant's name
  auto operator<=>(const Objection&) const = default;
};
Location where(const Objection& objection);
// "never, cloud metadata", "not in allow".
std::string describe(const Objection& objection);

struct Lost {
  ServiceSet services;
  Objection objection;
};

struct ServiceSplit {
  ServiceSet kept;
  std::vector<Lost> lost;  // none of them empty
};

// Addresses that are closed besides: those of names that are never granted.
struct Closed {
  GuardedPrefixes places;
  std::vector<Lost> lost;  // by EntryId
};

// Whether some, or all, of the subject's users are meant.
bool concerns_some(const GuardSubjects& subjects, const Subject& subject);
bool concerns_all(const GuardSubjects& subjects, const Subject& subject);

// For one subject and the names of one grant. What it is made of has to outlive it.
class Judge {
 public:
  Judge(const CeilingIndex& index, const Subject& subject, std::span<const DomainName> names);

  // Parts of `place` in each of which every entry, and `closed`, says the same, ascending.
  std::vector<Prefix> parts(const Prefix& place, const Closed* closed = nullptr) const;
  // Of such a part. The services of the other family's ICMP go with the rest.
  ServiceSplit judge(const Prefix& part, const ServiceSet& wanted, const Closed* closed = nullptr) const;
  // Of what the names may come to mean in a family: an entry counts by its names, or if it holds the whole family.
  ServiceSplit judge_live(Family family, const ServiceSet& wanted) const;
  // What entries of `never` take because of the names.
  std::vector<Lost> lost_by_name(const ServiceSet& wanted) const;

 private:
  struct ByName {
    std::size_t guard;  // its place in the index
    std::vector<EntryId> never;
    ServiceSet allowed;
  };

  const CeilingIndex& index_;
  const Subject& subject_;
  std::vector<ByName> guards_;  // that have a say
};

}  // namespace egressc::guard
