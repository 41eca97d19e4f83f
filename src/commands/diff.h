// egressc diff: what NEW lets through that OLD does not, and the reverse.
#pragma once

#include <string>
#include <vector>

namespace egressc {

// The arguments after "diff"; returns the exit status (egressc-diff(1)).
int diff(const std::vector<std::string>& arguments);

}  // namespace egressc
