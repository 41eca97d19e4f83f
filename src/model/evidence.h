// What stands behind a grant.
#pragma once

#include "model/policy_input.h"

namespace egressc {

// `evidence` of the policy file.
void read_evidence(const PolicyInput& input, NodeId node, Evidence& evidence);

// Lists sorted and without doubles, text as UTF-8, times in whole seconds of years that have four digits.
void normalize(Evidence& evidence);

}  // namespace egressc
