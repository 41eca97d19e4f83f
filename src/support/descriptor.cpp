#include "support/descriptor.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <system_error>

#include "egressc/diagnostics.h"

namespace egressc {
namespace {

class IgnoreBrokenPipe {
 public:
  IgnoreBrokenPipe() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  IgnoreBrokenPipe(const IgnoreBrokenPipe&) = delete;
  IgnoreBrokenPipe& operator=(const IgnoreBrokenPipe&) = delete;
  ~IgnoreBrokenPipe() { std::signal(SIGPIPE, before_); }

 private:
  void (*before_)(int);
};

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int write_all(int fd, std::string_view text) {
  const IgnoreBrokenPipe guard;
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size >= 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      // Another process may have made a shared descriptor non-blocking.
      pollfd writable{fd, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return errno;
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

std::chrono::milliseconds Wakeup::now() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                               std::chrono::nanoseconds(time.tv_nsec));
}

Woken Wakeup::wait(std::chrono::milliseconds until, int event) const {
  // A time of 0 would disarm the timer.
  const auto time = std::max(until, std::chrono::milliseconds(1));
  const itimerspec when{{}, {time.count() / 1000, time.count() % 1000 * 1'000'000}};
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  pollfd events[] = {{signals_.get(), POLLIN, 0}, {event, POLLIN, 0}, {timer_.get(), POLLIN, 0}};
  while (::poll(events, 3, -1) < 0 && errno == EINTR) {}
  if (events[0].revents != 0) return Woken::stop;
  return events[1].revents != 0 ? Woken::event : Woken::time;
}

}  // namespace egressc
