// `allow` and `review` of the policy file.
#pragma once

#include "model/policy_input.h"

namespace egressc {

void read_allow(const PolicyInput& input, NodeId node, std::vector<Grant>& allow);
void read_review(const PolicyInput& input, NodeId node, std::vector<Review>& review);
// A list of protocols with ports.
void read_services(const PolicyInput& input, NodeId node, std::vector<Service>& services);

}  // namespace egressc
