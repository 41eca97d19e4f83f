// An open file descriptor that closes itself, writing to one, and errno as text.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

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

// A file descriptor that closes itself, and errno as a Failure.

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

// A lock that ends with the process that holds it, however that ends.

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

// Time that passes whatever the wall clock says.

namespace egressc::kernel {

// Since the system started, suspend included (CLOCK_BOOTTIME, clock_gettime(2)).
inline std::chrono::nanoseconds since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

inline timespec to_timespec(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((time - seconds).count())};
}

inline void pause_for(std::chrono::nanoseconds time) {
  const timespec wanted = to_timespec(time);
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &wanted, nullptr);
}

}  // namespace egressc::kernel

// Waiting for a time, an event or the end, whatever comes first.

namespace egressc {

enum class Woken : std::uint8_t { time, event, stop };

class Wakeup {
 public:
  // From now on SIGTERM and SIGINT end no process of this thread's, but wait().
  static Result<std::unique_ptr<Wakeup>> open();

  // Since boot, with the time in which the machine slept (CLOCK_BOOTTIME, clock_gettime(2)).
  static std::chrono::milliseconds now();

  // Until that time, by now(); until `event` (-1: none) can be read; or until one of the signals has come.
  Woken wait(std::chrono::milliseconds until, int event) const;

  // Can be read once one of the signals has come.
  int stop() const { return signals_.get(); }

 private:
  Wakeup(Descriptor signals, Descriptor timer) : signals_(std::move(signals)), timer_(std::move(timer)) {}

  Descriptor signals_;
  Descriptor timer_;
};

}  // namespace egressc
