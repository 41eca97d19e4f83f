// egressc confirm: the change stays.
#pragma once

#include <string>
#include <vector>

namespace egressc {

// `arguments` are those after "confirm". Returns the exit status.
int confirm(const std::vector<std::string>& arguments);

}  // namespace egressc
