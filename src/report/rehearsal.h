// A rehearsal as text for a person, and as JSON for a program.
#pragma once

#include <span>
#include <string>

#include "commands/rehearsal.h"

namespace egressc {

// A line for each mismatch, up to a number, then a table of each subject's flows by kind.
std::string rehearsal_text(std::span<const DialectRehearsal> dialects, bool color);

// One document; egressc-rehearse(1) says what is in it.
std::string rehearsal_json(std::span<const DialectRehearsal> dialects, const RehearseOptions& options);

// "nftables: 412 flows, no mismatch; 20000 flows a second", a line for each dialect.
std::string rehearsal_summary(std::span<const DialectRehearsal> dialects);

// "agent (uid 1001, gid 5)"
std::string who(const Probe& probe);
// "tcp 203.0.113.9 443", "icmp 203.0.113.9"
std::string what(const FlowPoint& flow);
// Why a packet could not be sent: "Network is unreachable".
std::string why_not_sent(int error);

}  // namespace egressc
