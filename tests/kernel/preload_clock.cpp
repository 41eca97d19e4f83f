// For LD_PRELOAD: the wall clock of one program jumps by as many seconds as the file of EGRESSC_TEST_CLOCK says now.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

long shift() {
  const char* const path = std::getenv("EGRESSC_TEST_CLOCK");
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  char text[32] = {};
  const bool is_read = file >= 0 && ::read(file, text, sizeof text - 1) > 0;
  if (file >= 0) ::close(file);
  return is_read ? std::atol(text) : 0;
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static auto* const real = next<int(clockid_t, timespec*)>("clock_gettime");
  const int result = real(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
  return result;
}

int gettimeofday(timeval* now, void* zone) noexcept {
  static auto* const real = next<int(timeval*, void*)>("gettimeofday");
  const int result = real(now, zone);
  if (result == 0) now->tv_sec += shift();
  return result;
}

time_t time(time_t* now) noexcept {
  timespec both{};
  ::clock_gettime(CLOCK_REALTIME, &both);
  if (now != nullptr) *now = both.tv_sec;
  return both.tv_sec;
}

// What waits by the wall clock would have to be told of the jump, and nothing here can.
int timerfd_create(clockid_t clock, int flags) noexcept {
  static auto* const real = next<int(clockid_t, int)>("timerfd_create");
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM) std::abort();
  return real(clock, flags);
}
}
