// A policy that a person has reviewed, extended by what newer logs show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/policy.h"

namespace egressc {

struct ExtendOptions {
  bool include_denied = false;  // what was denied is proposed, in `review` …
  bool accept = false;          // … or as grants
  bool by_gid = false;          // new subjects are (uid, gid)
};

struct ExtendSummary {
  std::size_t subjects = 0;   // added
  std::size_t grants = 0;     // added
  std::size_t review = 0;     // added
  std::size_t accepted = 0;   // moved from `review`, where they were proposed before
  std::size_t grown = 0;      // with new addresses
  std::size_t known = 0;      // learnt and granted already
  std::size_t undecided = 0;  // learnt and in `review` already
  std::size_t denied = 0;     // learnt, denied, and not proposed
};

struct Extended {
  Policy policy;               // the entries of the base keep their places, and what is new has none
  std::vector<Location> seen;  // the entries of the base that the logs bear out
  ExtendSummary summary;
};

// `base` is as it was written, `learnt` normalized. The same in any order; twice the same changes nothing the second
// time. Nothing of the base is taken away, and none of its grants gets more than addresses of the name it leads to.
Extended extend_policy(const Policy& base, const Policy& learnt, const ExtendOptions& options);

// What `egressc status --json` says of grants.
struct GrantCounter {
  std::vector<std::string> uids;  // as text; in order
  std::vector<std::string> gids;
  std::vector<std::string> names;  // in lower case, sorted; without names `prefix` is where it leads
  std::string prefix;
  std::vector<Service> services;
  std::uint64_t packets = 0;
};
struct GrantCounters {
  Micros since = no_time;  // of the policy that counts; no_time: not known
  std::vector<GrantCounter> grants;
};
// nullopt exactly if errors were added.
std::optional<GrantCounters> read_grant_counters(std::string_view json, const std::string& file,
                                                 Diagnostics& diagnostics);

struct Pruned {
  Grant grant;
  std::string subject;  // its label
};

// Moves grants whose evidence ends before `before` to `review` of their subject, as unused: those that `counters`
// have packets of stay, and live ones stay unless the counters are as old as that and have none. What has no evidence
// with a time stays, and so does what the logs bear out.
std::vector<Pruned> prune(Extended& extended, Micros before, const GrantCounters* counters);

}  // namespace egressc
