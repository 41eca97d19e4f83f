// File descriptors: one that closes itself, writing to one, waiting for one; and errno as text.
#pragma once

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

// What a function returns that has nothing to say but that it worked.
using Done = std::monostate;

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

// A lock that ends with the process that holds it, however that ends.
class LockFile {
 public:
  // Makes the file if it is missing (mode 0600) and locks it, flock(2). nullopt: another process has it.
  static Result<std::optional<LockFile>> take(const std::string& path);

 private:
  explicit LockFile(Descriptor file) : file_(std::move(file)) {}

  Descriptor file_;
};

// Time that passes whatever the wall clock says: since the system started, suspend included (CLOCK_BOOTTIME,
// clock_gettime(2)).
std::chrono::nanoseconds since_boot();
timespec to_timespec(std::chrono::nanoseconds time);
void pause_for(std::chrono::nanoseconds time);

// Waiting for a time, an event or the end, whatever comes first.
enum class Woken : std::uint8_t { time, event, stop };

class Wakeup {
 public:
  // From now on SIGTERM and SIGINT end no process of this thread's, but wait().
  static Result<std::unique_ptr<Wakeup>> open();

  // As since_boot().
  static std::chrono::milliseconds now() { return std::chrono::duration_cast<std::chrono::milliseconds>(since_boot()); }

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
