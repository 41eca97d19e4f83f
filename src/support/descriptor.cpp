#include "support/descriptor.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace egressc {
namespace {

// Of this thread alone: others may have another mind about SIGPIPE.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;
  ~NoBrokenPipe() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  // The signal of a write that has just failed with EPIPE.
  void forget() const {
    constexpr timespec at_once{};
    ::sigtimedwait(&pipe_, nullptr, &at_once);
  }

 private:
  sigset_t pipe_;
  sigset_t before_;
};

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int write_all(int fd, std::string_view text) {
  const NoBrokenPipe no_signal;
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size >= 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      // Another process may have made a shared descriptor non-blocking.
      pollfd writable{fd, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (const int error_number = errno; error_number != EINTR) {
      if (error_number == EPIPE) no_signal.forget();
      return error_number;
    }
  }
  return 0;
}

Failure system_failure(std::string_view name, int error_number) {
  return {fmt::format("{}: {}", printable(name, 4096), std::generic_category().message(error_number))};
}

Result<std::optional<LockFile>> LockFile::take(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return system_failure(path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return std::optional(LockFile(std::move(file)));
  if (errno == EWOULDBLOCK) return std::optional<LockFile>();
  return system_failure(path, errno);
}

std::chrono::nanoseconds since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

timespec to_timespec(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((time - seconds).count())};
}

void pause_for(std::chrono::nanoseconds time) {
  const timespec wanted = to_timespec(time);
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &wanted, nullptr);
}

Result<std::unique_ptr<Wakeup>> Wakeup::open() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  Descriptor signals(::signalfd(-1, &ends, SFD_CLOEXEC));
  if (!signals) return system_failure("signalfd", errno);
  Descriptor timer(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC));
  if (!timer) return system_failure("timerfd", errno);
  return std::unique_ptr<Wakeup>(new Wakeup(std::move(signals), std::move(timer)));
}

Woken Wakeup::wait(std::chrono::milliseconds until, int event) const {
  // A time of 0 would disarm the timer.
  const auto time = std::max(until, std::chrono::milliseconds(1));
  const itimerspec when{{}, to_timespec(time)};
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  pollfd events[] = {{signals_.get(), POLLIN, 0}, {event, POLLIN, 0}, {timer_.get(), POLLIN, 0}};
  while (::poll(events, 3, -1) < 0 && errno == EINTR) {}
  if (events[0].revents != 0) return Woken::stop;
  return events[1].revents != 0 ? Woken::event : Woken::time;
}

}  // namespace egressc
