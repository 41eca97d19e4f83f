// egressc apply: a reviewed policy into the kernel.
#pragma once

#include <string>
#include <vector>

namespace egressc {

// `arguments` are those after "apply". Returns the exit status.
int apply(const std::vector<std::string>& arguments);

}  // namespace egressc
