// A file descriptor that closes itself, and errno as a Failure.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "egressc/diagnostics.h"

namespace egressc::kernel {

using Done = std::monostate;

class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  OwnedFd& operator=(OwnedFd&&) = delete;
  ~OwnedFd() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

// "what: Permission denied". `what` is made printable.
Failure failed(std::string_view what, int error_number);

}  // namespace egressc::kernel
