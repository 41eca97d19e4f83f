// What learning is told, and what it tells besides the policy.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/attempts.h"
#include "egressc/diagnostics.h"
#include "egressc/name.h"
#include "egressc/observation.h"
#include "egressc/settings.h"

namespace egressc {

// What becomes of a flow that several names fit.
enum class Ambiguous : std::uint8_t { pinned, review };

// The comment of what counts as denied because a policy was in force and no packet record shows it leaving.
inline constexpr std::string_view without_verdict = "only system calls show it, and they tell no verdict";

struct LearnOptions {
  std::vector<IdRange> uids;   // keep only these; empty: all
  std::vector<IdRange> gids;   // keep only these, and key subjects by (uid, gid)
  std::optional<Scope> scope;  // default: subjects if uids or gids are given, else host
  Deny deny = Deny::reject;
  Mode mode = Mode::enforce;
  std::vector<Address> resolvers;
  Trust least = Trust::packet;  // what creates a grant
  bool include_denied = false;
  std::optional<Protocol> assume_protocol;  // for attempts whose protocol no log tells: any, tcp or udp; default any
  std::optional<std::uint32_t> as_uid;      // whose claims are that tell no user; else the only one of `uids`
  Micros since = no_time;
  Micros until = no_time;
  Micros dns_grace = 300 * second;  // so long after its TTL may a client use an answer
  Ambiguous ambiguous = Ambiguous::pinned;
  std::optional<std::size_t> max_flows;  // more attempts that differ in more than their time are an error
  // Whether a name that this user asked for may mean such an address: loopback, private or link-local. Empty: none may.
  std::function<bool(std::uint32_t uid, const DomainName& name, const Address& inside)> may_be_inside;
  // Whose packets a policy denied while the logs were written: that such a user made a system call does not say that it
  // was let pass. Empty: nobody's.
  std::function<bool(std::uint32_t uid, std::uint32_t gid)> is_enforced;
};

// What learning did, for the summary: attempts as the most talkative format counts them, and claims.
struct LearnSummary {
  std::uint64_t granted = 0;                 // attempts that a grant stands on
  std::uint64_t review = 0;                  // attempts and claims that stand in review
  std::uint64_t annotated = 0;               // claims that a grant bears out
  std::uint64_t claimed = 0;                 // claims that stand in review, of what was reached for
  std::uint64_t refused = 0;                 // claims that stand in review, of what a proxy or a sandbox denied
  std::uint64_t mentioned = 0;               // names and addresses that texts only mention: they are not listed
  std::vector<std::string> mentioned_names;  // the first few of them
  std::uint64_t tails = 0;                   // packets without an owner that belong to a granted flow
  std::uint64_t not_egress = 0;              // port 0, disconnects, probes
  std::uint64_t filtered = 0;                // by --uid, --gid, --since, --until
  std::uint64_t protocol_assumed = 0;        // attempts whose protocol no log tells
  std::uint64_t unattributed = 0;  // answers of resolvers that name nothing: packet logs do not tell who asked
};

// Names of a subject that became one wildcard.
struct Generalized {
  std::string subject;            // its label
  DomainName pattern;             // "*.parent"
  std::vector<DomainName> names;  // as they were; sorted
  std::vector<Service> services;  // that all of them have
};

// Every attempt, whatever its trust; claims that nothing else bears out among them. The same observations in any order
// give the same list. Of the options, `uids`, `gids`, `since` and `until` matter.
AttemptList attempts_of(std::span<const Observations> inputs, const LearnOptions& options, Diagnostics& diagnostics);

}  // namespace egressc
