#include "kernel/guardian_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace egressc::kernel {
namespace {

// What a fault of its own raises; and SIGCHLD, since who ignores that cannot wait for its children.
constexpr int kept_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGCHLD};

void ignore_signals() {
  for (int number = 1; number < NSIG; ++number) {
    const bool kept = std::find(std::begin(kept_signals), std::end(kept_signals), number) != std::end(kept_signals);
    ::signal(number, kept ? SIG_DFL : SIG_IGN);
  }
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

void ask_memory_killer_to_pass() {
  const OwnedFd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  // Without CAP_SYS_RESOURCE it stays what it is, proc(5).
  (void)!::write(file.get(), "-1000", 5);
}

}  // namespace

Result<OwnedFd> become_guardian(int link) {
  ::closelog();
  // A copy above 3 first: it may be 3, where dup3(2) fails.
  const int copy = ::fcntl(link, F_DUPFD_CLOEXEC, 4);
  if (copy < 0 || ::dup3(copy, 3, O_CLOEXEC) != 3) return failed("dup3", errno);
  OwnedFd kept(3);
  if (::syscall(SYS_close_range, 4U, ~0U, 0U) != 0) {
    if (errno != ENOSYS) return failed("close_range", errno);
    return Failure{"close_range: this kernel does not have it; Linux 5.9 does"};
  }
  for (int standard = 0; standard < 3; ++standard) ::close(standard);
  for (int standard = 0; standard < 3; ++standard)
    if (::open("/dev/null", O_RDWR) != standard) return failed("/dev/null", errno);
  if (::chdir("/") != 0) return failed("/", errno);
  ::umask(S_IRWXG | S_IRWXO);
  ::prctl(PR_SET_PDEATHSIG, 0);
  ::prctl(PR_SET_NAME, "egressc-guard");
  ask_memory_killer_to_pass();
  ignore_signals();
  return kept;
}

}  // namespace egressc::kernel
