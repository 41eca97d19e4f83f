// What a grant leads to, for messages and for questions that several checks ask.
#pragma once

#include <span>
#include <string>

#include "egressc/policy.h"

namespace egressc {

// "api.example.com", "a.example or b.example", "203.0.113.0/24".
std::string name_of(const Grant& grant);

// The prefix of the grant, or the addresses of its name.
std::span<const Prefix> places_of(const Grant& grant);

// Wider than /16, or /32 in IPv6: what the check calls wide.
bool is_wide(const Prefix& prefix);

bool overlap(const Prefix& a, const Prefix& b);

bool has_port(const Service& service, Protocol protocol, std::uint16_t port);
// A service that names the port, and not just a hundred or more at once.
bool names_port(const Service& service, Protocol protocol, std::uint16_t port);
bool names_port(const Grant& grant, Protocol protocol, std::uint16_t port);

}  // namespace egressc
