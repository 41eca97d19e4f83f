// egressc status: what runs, since when, and whether it is what the policy says.
#pragma once

#include <string>
#include <vector>

namespace egressc {

// `arguments` are those after "status". Returns the exit status.
int status(const std::vector<std::string>& arguments);

}  // namespace egressc
