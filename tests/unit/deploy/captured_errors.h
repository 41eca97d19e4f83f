// What a function prints on standard error.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "temporary_directory.h"

namespace egressc::test {

// The result of run(), and what it printed.
template <typename Run>
auto with_errors(Run run) {
  const TemporaryDirectory directory;
  const std::string path = directory.write("errors", "");
  const int kept = ::dup(STDERR_FILENO);
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  ::dup2(file, STDERR_FILENO);
  ::close(file);
  auto result = run();
  ::dup2(kept, STDERR_FILENO);
  ::close(kept);
  return std::pair(std::move(result), read(path));
}

}  // namespace egressc::test
