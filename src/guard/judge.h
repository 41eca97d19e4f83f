// What the guards say of a grant, place by place.
#pragma once

#include <compare>
#include <span>
#include <string>
#include <vector>

#include "egressc/ceiling.h"
#include "guard/index.h"

namespace egressc {

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

}  // namespace egressc
