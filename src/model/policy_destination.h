// Where a grant leads: `to` and `addresses` of the policy file.
#pragma once

#include "model/policy_input.h"

namespace egressc {

// A name, "*.name", an address, a prefix, or a list of at least two names.
void read_destination(const PolicyInput& input, NodeId node, Grant& grant);
// A list of addresses and prefixes; `what` names it.
void read_addresses(const PolicyInput& input, NodeId node, std::string_view what, std::vector<Prefix>& addresses);
// One address; `what` names it.
std::optional<Address> read_address(const PolicyInput& input, NodeId node, std::string_view what);

}  // namespace egressc
