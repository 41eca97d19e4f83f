// egressc rollback: back to the rules from before.
#pragma once

#include <string>
#include <vector>

namespace egressc {

// `arguments` are those after "rollback". Returns the exit status.
int rollback(const std::vector<std::string>& arguments);

}  // namespace egressc
