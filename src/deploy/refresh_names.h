// Of a policy, the names that `egressc refresh` asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/policy.h"
#include "refresh/refresh.h"

namespace egressc {

struct FollowedNames {
  std::vector<FollowedName> names;
  std::vector<std::string> wildcards;  // live as well, but nobody can be asked for them; as they are spelled
  std::string hash;                    // of the policy, as hash_in() tells it of a table
};

// nullopt: errors were added.
std::optional<FollowedNames> live_names(const Policy& policy, std::optional<CivilDate> today, Diagnostics& diagnostics);

}  // namespace egressc
