// An open file descriptor that closes itself, writing to one, and errno as text.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "egressc/diagnostics.h"

namespace egressc {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// 0, or the errno of what went wrong; a closed pipe is EPIPE and no signal.
int write_all(int fd, std::string_view text);

// "name: Permission denied", for an errno. The name is made printable.
Failure system_failure(std::string_view name, int error_number);

}  // namespace egressc
