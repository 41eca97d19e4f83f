// `uid` and `gid` of the policy file.
#pragma once

#include "model/policy_input.h"

namespace egressc {

// A number, "first-last", the name of a user, or a list of those; added to `ids`. `what` is "uid" or "gid".
void read_ids(const PolicyInput& input, NodeId node, std::string_view what, std::vector<IdRange>& ids);
// A number.
std::optional<std::uint32_t> read_id(const PolicyInput& input, NodeId node, std::string_view what);

}  // namespace egressc
