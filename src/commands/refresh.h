// egressc refresh: keeps the sets of live names filled where no resolver does.
#pragma once

#include <string>
#include <vector>

namespace egressc {

// `arguments` are those after "refresh". Returns the exit status.
int refresh(const std::vector<std::string>& arguments);

}  // namespace egressc
