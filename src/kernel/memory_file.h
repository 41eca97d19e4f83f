// Files without a name (memfd_create(2)): what a child process reads and writes. Unlike a pipe, none can fill up.
#pragma once

#include <string>
#include <string_view>

#include "egressc/diagnostics.h"
#include "kernel/owned_fd.h"

namespace egressc::kernel {

// Holds `text`, and is at its beginning.
Result<OwnedFd> memory_file(std::string_view text);

// 0, or the errno of what went wrong.
int write_all(int fd, std::string_view text);

Result<std::string> read_all(const OwnedFd& file);

}  // namespace egressc::kernel
