// Whose a packet's ids are.
#pragma once

#include <vector>

#include "egressc/policy.h"

namespace egressc {

struct Ids {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool operator==(const Ids&) const = default;
};

bool contains(const std::vector<IdRange>& ranges, std::uint32_t id);

// The subject that has both ids; nullptr if there is none.
const Subject* holder_of(const Policy& policy, Ids ids);
// Whether the policy has a say in them: a uid of a subject is governed whole, whatever the gid.
bool is_governed(const Policy& policy, Ids ids);

}  // namespace egressc
