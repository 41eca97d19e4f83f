// Conntrack states and TCP flags, as the first packet of a flow has them.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace egressc::readers {

// A list of states. The packet that opens a flow is NEW, and besides may be what `unknown` stands for (SNAT, DNAT).
struct States {
  bool new_flow = false;
  bool untracked = false;
  bool unknown = false;
};

States parse_states(std::span<const std::string_view> lists);

// "SYN,RST,ACK SYN": whether a segment that opens a connection has, of the flags in `mask`, exactly those in `set`.
// nullopt where that is not known.
std::optional<bool> opening_flags_match(std::string_view mask, std::string_view set);

}  // namespace egressc::readers
