// Words that the answers of explain share.
#pragma once

#include <string>
#include <string_view>

#include "egressc/diagnostics.h"
#include "egressc/explain.h"
#include "egressc/policy.h"

namespace egressc {

// "policy.yaml:8:9", as far as it is known.
std::string place_text(const Location& where);
// "tcp/443 198.51.100.7", "icmp 192.0.2.1", "protocol 132 192.0.2.1", and " lo" where it is.
std::string flow_text(const FlowPoint& flow);
// "tcp", "udp", "icmp", "icmpv6", else the number; "?" for 0.
std::string protocol_text(std::uint8_t protocol);
bool has_ports(std::uint8_t protocol);
// "seen 412 times, 2026-11-20T08:00:01Z to 2026-11-23T06:59:58Z, by audit, netfilter; /usr/bin/python3".
std::string evidence_text(const Evidence& evidence);
// The verdict as a person reads it, and the same in its color.
std::string_view words_for(Ruling ruling);
std::string painted(Ruling ruling, bool color);
// Every line of `text` behind `indent`.
std::string indented(std::string_view text, std::string_view indent);

}  // namespace egressc
