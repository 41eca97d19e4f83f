// The dialects a ruleset is printed in: a printer each.
#pragma once

#include <string>

#include "egressc/diagnostics.h"
#include "egressc/live.h"
#include "egressc/ruleset.h"

namespace egressc {

// Packet filters: nft(8), one table for both families; iptables-restore(8) and ip6tables-restore(8); ferm(1).
std::string print_nftables(const Ruleset& ruleset);
std::string print_iptables_restore(const Ruleset& ruleset);
std::string print_ip6tables_restore(const Ruleset& ruleset);
std::string print_ferm(const Ruleset& ruleset);
// What these look up in sets that are not theirs: ipset(8), for all but nftables.
std::string print_ipset(const Ruleset& ruleset);
// What makes a resolver fill sets: those of nftables, and those of ipset(8).
std::string print_dnsmasq(const Ruleset& ruleset);
std::string print_dnsmasq_ipset(const Ruleset& ruleset);

// The most elements of a live set. A name below a wildcard is chosen by who asks: neither memory nor the set may grow
// with it.
inline constexpr unsigned most_live_addresses = 65536;

// Whether a grant follows DNS: then rules look up what others fill.
bool has_live_sets(const Ruleset& ruleset);

// What the comment of the one rule of the nftables base chain says of the ruleset: "egressc VERSION policy sha256
// HASH".
std::string table_comment(const Ruleset& ruleset);

// Adds an error for everything in `ruleset` that dnsmasq cannot say of sets of a kind. It takes a name for all that is
// below it as well, and "*.name" for the name itself: a warning for each if `accept_below`, else an error.
void check_dnsmasq(const Ruleset& ruleset, SetKind kind, bool accept_below, Diagnostics& diagnostics);

}  // namespace egressc
