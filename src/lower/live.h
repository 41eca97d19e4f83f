// Grants that follow DNS.
#pragma once

#include "egressc/policy.h"
#include "egressc/ruleset.h"

namespace egressc::lowering {

// The set that `grant` of `subject` needs. Grants of one subject that differ in nothing but their addresses have one
// identifier.
LiveSet live_set(const Subject& subject, const Grant& grant);

}  // namespace egressc::lowering
