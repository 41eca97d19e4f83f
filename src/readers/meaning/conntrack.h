// What conntrack makes of packets that open a flow, by their kind: all but some of ICMP are NEW. An error that is about
// a connection is RELATED, but opens nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "egressc/flow_space.h"
#include "readers/meaning/match.h"

namespace egressc::readers {

// net/netfilter/nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c
enum class TrackedKind : std::uint8_t {
  opens,      // NEW: whatever is no ICMP; echo, timestamp, information and address mask requests, and v6's node queries
  untracked,  // UNTRACKED, always: neighbour discovery and multicast listeners
  invalid,    // INVALID: answers that nobody asked for, errors about nothing, and types that conntrack does not know
};
inline constexpr std::size_t tracked_kinds = 3;

// Apart.
const std::vector<FlowBox>& boxes_of(TrackedKind kind);

// As the bits of nft's "ct state" (linux/netfilter/nf_conntrack_common.h, nft_ct.c).
enum ConntrackState : std::uint32_t {
  state_invalid = 1,
  state_established = 2,
  state_related = 4,
  state_new = 8,
  state_untracked = 64,
};

inline constexpr std::string_view by_tracking = "some packets are kept from connection tracking";

// The states that such a packet may be in, where some packets are kept from tracking or none.
std::uint32_t states_of(TrackedKind kind, bool some_untracked);

// The packets whose state is one of `states`; before conntrack has seen them, they are INVALID.
FlowBounds flows_in_states(std::uint32_t states, bool some_untracked, bool is_early);

}  // namespace egressc::readers
