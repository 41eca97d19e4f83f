// A guard: a ceiling that no log can lift. See egressc-guard(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/name.h"

namespace egressc {

// Sorted, without doubles.
struct GuardPlaces {
  std::vector<DomainName> names;
  std::vector<Prefix> prefixes;
};

// Whom it is about: with both, who is in both. Empty: everybody.
struct GuardSubjects {
  std::vector<IdRange> uids;  // sorted, disjoint
  std::vector<IdRange> gids;
};

struct GuardEntry {
  GuardPlaces to;
  GuardPlaces except;             // of `never` only
  std::vector<Service> services;  // empty: every protocol and port
  GuardSubjects subjects;
  std::string reason;  // free text a person wrote
  Location where;
};

// What may ever be granted, and what never, which wins.
struct Guard {
  GuardSubjects subjects;                        // nobody else is limited
  std::optional<std::vector<GuardEntry>> allow;  // nullopt: everything
  Location allow_where;
  std::vector<GuardEntry> never;
};

// Reads YAML or JSON as read_policy() does. nullopt exactly if errors were added to `diagnostics`.
std::optional<Guard> read_guard(std::string_view text, const std::string& file, const UserIds* users,
                                Diagnostics& diagnostics);

}  // namespace egressc
