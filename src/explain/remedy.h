// The text that would grant what is denied.
#pragma once

#include <span>

#include "egressc/explain.h"

namespace egressc {

// `denied` are flows of one holder of ids; not empty. nullopt: the question says too little of who asks to make a
// subject of it.
std::optional<Remedy> remedy_for(const Policy& policy, const FlowQuestion& question, std::span<const Judgement> denied);

}  // namespace egressc
