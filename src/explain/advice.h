// Advice about what is denied: what is nearest to it, and the text that would grant it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "egressc/explain.h"

namespace egressc::explain {

// The grants that nearly allow one of `denied`, the nearest first: at most a few. `name`: what the flows were asked by.
std::vector<Near> nearest(const Policy& policy, std::span<const Judgement> denied,
                          const std::optional<DomainName>& name, std::optional<CivilDate> today);

// What review says of them: the subjects' own, and the policy's.
std::vector<Held> held_in_review(const Policy& policy, std::span<const Judgement> denied,
                                 const std::optional<DomainName>& name);

// The text that would grant what is denied. `denied` are flows of one holder of ids; not empty. nullopt: the question
// says too little of who asks to make a subject of it.
std::optional<Remedy> remedy_for(const Policy& policy, const FlowQuestion& question, std::span<const Judgement> denied);

}  // namespace egressc::explain
