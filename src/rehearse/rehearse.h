// A rehearsal: which packets to send to see whether a ruleset does what its policy says, and what the answers mean.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/flow_space.h"
#include "egressc/time.h"
#include "model/values/passage.h"

namespace egressc {

struct Grant;
struct Policy;
struct Subject;

// Why a flow is tried. What has to become of it is said by the policy's set of flows, never by this: the port beside a
// grant may be open by another one.
enum class ProbeKind : std::uint8_t {
  grant,              // of a grant: the ends of its prefixes, ports and ids, and something between
  resolver,           // port 53 of a resolver of the policy
  expired,            // of a grant whose day has passed
  address,            // an address beside a grant's
  port,               // a port beside a grant's
  protocol,           // another protocol
  family,             // the other family
  user,               // another user: beside the subject's, of another subject, of nobody, root
  group,              // another group, where the subject has groups
  metadata,           // a cloud's metadata service
  unlisted_resolver,  // port 53 of what is no resolver of the policy
  loopback,           // a service of this host
  elsewhere,          // any address: as the subject, as its neighbours, as nobody's user
};
inline constexpr std::size_t probe_kinds = 13;
std::string_view to_string(ProbeKind kind);

struct Probe {
  FlowPoint flow;
  ProbeKind kind = ProbeKind::grant;
  bool allowed = false;              // by the policy
  const Subject* subject = nullptr;  // whose ids the flow has; nullptr: nobody's
  const Grant* grant = nullptr;      // that holds it, or around which it was chosen
};

struct ProbeOptions {
  std::optional<CivilDate> today;  // as for flows_of()
  std::uint64_t seed = 1;
  std::size_t most = 2000;       // allowed flows, and as many denied ones
  std::optional<Family> family;  // that the ruleset speaks of; nullopt: both
};

// Flows to try, each once, in FlowPoint's order; pointers are into the policy, which is valid. The same for the same
// policy, options and seed on every machine. Where the grants have more than `most` flows to try it is a sample, in
// which one flow of each grant comes first. Denied flows are as many as allowed ones, as far as there are any, and of
// all kinds in turn; where few flows are allowed they are more, up to 500, and the next neighbours of what is tried of
// a grant are there in any case, up to `most`. Up to a quarter of the allowed flows are none of grants and resolvers. A
// flow of which the baseline says only "perhaps" is left out. What does not fit: see
// within_flow_limit().
std::vector<Probe> choose_probes(const Policy& policy, const ProbeOptions& options);

// Flows by what the policy and the kernel say of them. Those that could not be sent count nowhere else.
struct ProbeCount {
  std::size_t allowed = 0, passed = 0;  // passed: of those that are allowed
  std::size_t denied = 0, stopped = 0;  // stopped: of those that are denied
  std::size_t not_sent = 0;

  std::size_t sent() const { return allowed + denied; }
  std::size_t wrong() const { return allowed - passed + denied - stopped; }
  ProbeCount& operator+=(const ProbeCount& other);
  bool operator==(const ProbeCount&) const = default;
};

struct SubjectCount {
  const Subject* subject = nullptr;  // nullptr: users and groups of no subject
  std::array<ProbeCount, probe_kinds> kinds;

  const ProbeCount& of(ProbeKind kind) const { return kinds[static_cast<std::size_t>(kind)]; }
  ProbeCount total() const;
};

// Flows that could not be sent for the same reason.
struct Unsent {
  int error = 0;  // as in Passage
  std::size_t count = 0;
  std::size_t first = 0;  // one of them, an index into the probes
};

struct RehearsalResult {
  std::vector<SubjectCount> subjects;   // that were tried, in the policy's order; nobody's come last
  std::vector<std::size_t> mismatches;  // indices into the probes, ascending
  std::vector<Unsent> unsent;           // by error

  ProbeCount total() const;
};

// A policy rehearsed in one dialect, and in all that were asked for.
struct DialectRehearsal {
  std::string_view dialect;
  std::string loader;  // as of a Trial
  std::vector<Probe> probes;
  RehearsalResult result;
  std::chrono::nanoseconds probing{};
};

struct PolicyRehearsal {
  std::vector<DialectRehearsal> dialects;  // that were loaded
  bool refused = false;                    // the next one was not, and the errors say why
};

// `passages` are as many as the probes, and in their order.
RehearsalResult judge_rehearsal(const Policy& policy, std::span<const Probe> probes, std::span<const Passage> passages);

}  // namespace egressc
