// egressc check: what a reviewer of a policy should look at.
#pragma once

#include <string>
#include <vector>

namespace egressc {

// The arguments after "check"; returns the exit status (egressc-check(1)).
int check(const std::vector<std::string>& arguments);

}  // namespace egressc
