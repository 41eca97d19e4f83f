// What is nearest to a flow that is denied.
#pragma once

#include <span>
#include <vector>

#include "egressc/explain.h"

namespace egressc {

// The grants that nearly allow one of `denied`, the nearest first: at most a few. `name`: what the flows were asked by.
std::vector<Near> nearest(const Policy& policy, std::span<const Judgement> denied,
                          const std::optional<DomainName>& name, std::optional<CivilDate> today);

// What review says of them: the subjects' own, and the policy's.
std::vector<Held> held_in_review(const Policy& policy, std::span<const Judgement> denied,
                                 const std::optional<DomainName>& name);

}  // namespace egressc
