// What is nearest to a flow that is denied.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "egressc/explain.h"
#include "egressc/policy.h"

namespace egressc {

// The grants that nearly allow one of `denied`, the nearest first: at most a few. `name`: what the flows were asked by.
std::vector<Near> nearest(const Policy& policy, std::span<const Judgement> denied,
                          const std::optional<DomainName>& name, std::optional<CivilDate> today);

// What review says of them: the subjects' own, and the policy's.
std::vector<Held> held_in_review(const Policy& policy, std::span<const Judgement> denied,
                                 const std::optional<DomainName>& name);

// The text that would grant what is denied.

// `denied` are flows of one holder of ids; not empty. nullopt: the question says too little of who asks to make a
// subject of it.
std::optional<Remedy> remedy_for(const Policy& policy, const FlowQuestion& question, std::span<const Judgement> denied);

// Parts of a policy file, as write_policy_yaml() lays it out.

// The lines of a grant; what stands behind "- " is in `column`, from 3.
std::string grant_lines(const Grant& grant, std::uint32_t column);
// The lines of a subject, its label in `column`, from 1.
std::string subject_lines(const Subject& subject, std::uint32_t column);

}  // namespace egressc
