// The policy: what a person reviews. See egressc-policy(5).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/name.h"
#include "egressc/settings.h"
#include "egressc/time.h"

namespace egressc {

// Why something is in review, and not granted: see egressc-policy(5).
enum class Reason : std::uint8_t {
  metadata,
  guard,
  claimed,
  denied,
  noise,
  unsent,
  rebinding,
  ambiguous,
  no_subject,
  unused
};
// As in the policy file: "no-subject".
std::string_view to_string(Reason reason);

// Why a grant is there. Lists are sorted and without doubles. Never part of a policy's meaning or hash.
struct Evidence {
  std::uint64_t seen = 0;  // attempts; 0 where only claims speak
  Micros first = no_time;
  Micros last = no_time;
  std::vector<std::string> by;  // names of log formats
  std::vector<std::string> exe;
  std::vector<std::uint32_t> gid;
  std::vector<std::string> claimed;  // names an agent used for it that no resolver's log bears out
  bool operator==(const Evidence&) const = default;
  bool empty() const { return *this == Evidence{}; }
};

// What stands behind both; normalize() has to follow.
void merge(Evidence& into, Evidence&& from);

// Either names (several: ambiguous) with the addresses they mean, or one prefix and no addresses.
struct Grant {
  std::vector<DomainName> names;  // sorted by key
  std::optional<Prefix> prefix;
  std::vector<Service> services;  // sorted
  std::vector<Prefix> addresses;  // sorted
  bool live = false;
  std::optional<CivilDate> expires;  // the grant ends with this day, UTC
  std::string comment;               // free text a person wrote; no part of the meaning
  // What an extension of the policy added and nobody has looked at: the grant, or some of its addresses (sorted). No
  // part of the meaning.
  bool is_new = false;
  std::vector<Prefix> new_addresses;
  Evidence evidence;
  Location where;  // in the policy file; empty where it was learnt
};

// What was seen and is not granted.
struct Review {
  Grant what;
  Reason reason = Reason::claimed;
};

// Whom a policy governs, and what they may do.
struct Subject {
  std::string label;
  std::vector<IdRange> uids;  // sorted, disjoint
  std::vector<IdRange> gids;
  std::string comment;  // as in Grant
  std::vector<Grant> allow;
  std::vector<Review> review;
  Location where;
};

struct Policy {
  Scope scope = Scope::host;
  Deny deny = Deny::reject;
  Mode mode = Mode::enforce;
  Established established = Established::keep;
  std::optional<LogRule> log;
  std::vector<Address> resolvers;  // sorted
  std::vector<Baseline> baseline;  // sorted; host scope only
  std::vector<Subject> subjects;
  std::vector<Review> review;  // what no subject could be found for
};

// Brings a policy into its one order: subjects by (uid, gid), grants by (names, prefix, services), lists sorted,
// doubles removed. Both learning and reading end with it.
void normalize(Policy& policy);

// Adds the subjects, resolvers, baseline and review of `from`; subjects with the same ids become one. Settings that
// differ are errors. normalize() and validate() have to follow.
void merge_policy(Policy& into, Policy from, Diagnostics& diagnostics);

// Subjects that overlap, gid-only beside uid subjects, live with `established: cut`, a name without addresses …: every
// rule of egressc-policy(5) that is not about spelling. Complaints go to `diagnostics`.
void validate(const Policy& policy, Diagnostics& diagnostics);

// Reads YAML (JSON is YAML), normalizes and validates. nullopt exactly if errors were added to `diagnostics`. `file` is
// only for their locations.
std::optional<Policy> read_policy(std::string_view text, const std::string& file, const UserIds* users,
                                  Diagnostics& diagnostics);
// write_policy(read_policy(write_policy(p))) == write_policy(p), byte for byte.
std::string write_policy_yaml(const Policy& policy);
std::string write_policy_json(const Policy& policy);

// SHA-256, in hex, of the canonical JSON without evidence, review, comments, what is marked new, and the spelling
// of names.
std::string policy_hash(const Policy& policy);

// As read_policy(), but in the order of the file and with equal grants apart: normalize() makes of it what
// read_policy() gives.
std::optional<Policy> read_policy_as_written(std::string_view text, const std::string& file, const UserIds* users,
                                             Diagnostics& diagnostics);

// The text with the difference between `before`, which is what read_policy_as_written() made of it, and `after`.
// Entries of both are the same if they have the same place (`where`); entries and subjects without a place are added
// behind the others. What may differ: evidence that grew, addresses and `new_addresses` that were added, entries that
// went from `allow` to `review` of their subject or back, entries and subjects that were added. Comments, blank lines,
// quotes and the order of everything stay; JSON is written anew.
std::string edit_policy(std::string_view text, const Policy& before, const Policy& after);

// Whether a policy file is JSON.
bool is_json(std::string_view text);

}  // namespace egressc
