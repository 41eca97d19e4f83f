// A lock that ends with the process that holds it, however that ends.
#pragma once

#include <optional>
#include <string>

#include "egressc/diagnostics.h"
#include "support/descriptor.h"

namespace egressc {

class LockFile {
 public:
  // Makes the file if it is missing (mode 0600) and locks it, flock(2). nullopt: another process has it.
  static Result<std::optional<LockFile>> take(const std::string& path);

 private:
  explicit LockFile(Descriptor file) : file_(std::move(file)) {}

  Descriptor file_;
};

}  // namespace egressc
