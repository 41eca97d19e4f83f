// One printer a dialect.
#pragma once

#include <string>

#include "egressc/ruleset.h"

namespace egressc {

std::string print_nftables(const Ruleset& ruleset);
std::string print_iptables_restore(const Ruleset& ruleset);
std::string print_ip6tables_restore(const Ruleset& ruleset);
std::string print_ferm(const Ruleset& ruleset);
std::string print_ipset(const Ruleset& ruleset);
std::string print_dnsmasq(const Ruleset& ruleset);
std::string print_dnsmasq_ipset(const Ruleset& ruleset);

}  // namespace egressc
