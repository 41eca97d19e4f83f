// A line of dnsmasq(8) that fills sets.
#pragma once

#include <cstddef>
#include <string>

#include "backends/live_sets.h"
#include "egressc/flow_space.h"

namespace egressc {

// dnsmasq reads a longer line in parts: MAXDNAME of its dns-protocol.h, less its ends.
inline constexpr std::size_t longest_dnsmasq_line = 1023;

// "nftset=/api.example.com/4#inet#egressc#n_1_4,6#inet#egressc#n_1_6", without its end.
std::string dnsmasq_line(const ResolverName& name, SetKind kind);

}  // namespace egressc
