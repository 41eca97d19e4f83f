// The flows that may be tried: of what a policy grants, beside that, and what nobody should have without a grant.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "egressc/address.h"
#include "egressc/flow_space.h"
#include "rehearse/drawing.h"
#include "rehearse/rehearse.h"

namespace egressc::rehearse {

// Samples: a few values of a range that stand for all of it, its ends and one between.

// Never empty. Where packets of `protocol` cannot be sent to an end, its neighbour within the prefix stands for it.
std::vector<Address> sample_of(const Prefix& prefix, std::uint8_t protocol, Mixer mixer);

// An address of the prefix with its host bits from the mixer.
Address inner_of(const Prefix& prefix, Mixer mixer);

// Never empty. Port 0 stands for itself alone: nothing is sent to it.
std::vector<std::uint16_t> sample_of(PortRange ports, Mixer mixer);

// Ascending, of every range; none is no_id. No ranges stand for every id.
std::vector<std::uint32_t> sample_of(const std::vector<IdRange>& ids, Mixer mixer);

// What a socket can send a packet to. The unspecified address stands for the host itself and a mapped one for IPv4; no
// TCP goes to many hosts, and nothing to multicast addresses of reserved scopes or to the ends of the loopback
// interface's network.
bool can_be_sent_to(const Address& address, std::uint8_t protocol);

// Neither a port 0, nor an address as above, nor ICMP over the other family.
bool can_be_sent(const FlowPoint& flow);

// Adds flows of every grant, and of the resolvers for every subject: to `expired` those of grants whose day has passed,
// to `granted` all others. The first flow of each grant's prefixes and services comes before the second of any.
void draw_granted(const Policy& policy, const ProbeOptions& options, Drawing& granted, Drawing& expired);

// Where flows go; each can be sent, by ids that a socket can have. Those of a low rank matter most.
using TakeProbe = std::function<void(const Probe& probe, std::uint64_t rank)>;

// Flows beside what is granted, and those that nobody should have without a grant.
class Around {
 public:
  Around(const Policy& policy, const ProbeOptions& options, TakeProbe take);

  // One step from a flow that was drawn, in every field.
  void neighbours(const Candidate& candidate);
  // What a subject may want without a grant, or somebody of whom the policy does not speak (nullptr).
  void habits(const Subject* subject);

 private:
  void addresses(const Candidate& candidate);
  void ports(const Candidate& candidate);
  void protocols(const Candidate& candidate);
  void family(const Candidate& candidate);
  void users(const Candidate& candidate);
  const Subject& another_than(const Subject& subject, const FlowPoint& flow) const;
  void groups(const Candidate& candidate);
  void beside(const Subject& subject, const FlowPoint& flow);
  void give(const FlowPoint& flow, ProbeKind kind, const Candidate& from, std::uint64_t behind = 0);
  void give(const FlowPoint& flow, ProbeKind kind, const Grant* grant, std::uint64_t rank);

  const Policy& policy_;
  const ProbeOptions& options_;
  TakeProbe take_;
  Mixer mixer_;
  // Ids that the policy does not speak of, as far as there are any.
  std::uint32_t no_uid_;
  std::uint32_t no_gid_;
};

}  // namespace egressc::rehearse
