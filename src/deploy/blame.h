// Which line of a policy is behind a line of the ruleset that was made of it.
#pragma once

#include <string_view>

#include "egressc/diagnostics.h"
#include "egressc/policy.h"
#include "egressc/ruleset.h"

namespace egressc {

// The diagnostic of a line of `text`, the nftables form of `ruleset`, as one of the policy `file`: the grant of an
// element, the subject of a set or chain, or the file as a whole. What nftables was given stands in the hint.
Diagnostic blame(const Diagnostic& diagnostic, std::string_view text, const Ruleset& ruleset, const Policy& policy,
                 const std::string& file);

}  // namespace egressc
