// egressc explain: one flow, or every flow of a log, held against a policy or a ruleset.
#pragma once

#include <string>
#include <vector>

namespace egressc {

// The arguments after "explain"; returns the exit status (egressc-explain(1)).
int explain(const std::vector<std::string>& arguments);

}  // namespace egressc
