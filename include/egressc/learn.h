// Observations to policy.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/observation.h"
#include "egressc/policy.h"

namespace egressc {

struct LearnOptions {
  std::vector<IdRange> uids;               // keep only these; empty: all
  std::vector<IdRange> gids;               // keep only these, and key subjects by (uid, gid)
  std::optional<Scope> scope;              // default: subjects if uids or gids are given, else host
  Deny deny = Deny::reject;
  Mode mode = Mode::enforce;
  std::vector<Address> resolvers;
  Trust least = Trust::packet;             // what creates a grant
  bool include_denied = false;
  std::optional<Protocol> assume_protocol; // for attempts whose protocol no log tells: any, tcp or udp; default any
  Micros since = no_time;
  Micros until = no_time;
};

// What learning did, for the summary: attempts as the most talkative format counts them, and claims.
struct LearnSummary {
  std::uint64_t granted = 0;               // attempts that a grant stands on
  std::uint64_t review = 0;                // attempts and claims that stand in review
  std::uint64_t annotated = 0;             // claims that a grant bears out
  std::uint64_t tails = 0;                 // packets without an owner that belong to a granted flow
  std::uint64_t not_egress = 0;            // port 0, disconnects, probes
  std::uint64_t filtered = 0;              // by --uid, --gid, --since, --until
  std::uint64_t protocol_assumed = 0;      // attempts whose protocol no log tells
};

struct Learnt {
  Policy policy;
  LearnSummary summary;
};

// The same observations in any order give the same policy. Warnings (times that do not overlap, assumed protocols) go to
// `diagnostics`.
Learnt learn(std::span<const Observations> inputs, const LearnOptions& options, Diagnostics& diagnostics);

}  // namespace egressc
