// egressc remove: the table inet egressc out of the kernel.
#pragma once

#include <string>
#include <vector>

namespace egressc {

// `arguments` are those after "remove". Returns the exit status.
int remove(const std::vector<std::string>& arguments);

}  // namespace egressc
