#include "kernel/guardian/daemon.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "egressc/diagnostics.h"
#include "kernel/process/process.h"
#include "support/descriptor.h"

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

}  // namespace

Result<Descriptor> become_guardian(int link) {
  ::closelog();
  // A copy above 3 first: it may be 3, where dup3(2) fails.
  const int copy = ::fcntl(link, F_DUPFD_CLOEXEC, 4);
  if (copy < 0 || ::dup3(copy, 3, O_CLOEXEC) != 3) return system_failure("dup3", errno);
  Descriptor kept(3);
  if (::syscall(SYS_close_range, 4U, ~0U, 0U) != 0) {
    if (errno != ENOSYS) return system_failure("close_range", errno);
    return Failure{"close_range: this kernel does not have it; Linux 5.9 does"};
  }
  for (int standard = 0; standard < 3; ++standard) ::close(standard);
  for (int standard = 0; standard < 3; ++standard)
    if (::open("/dev/null", O_RDWR) != standard) return system_failure("/dev/null", errno);
  if (::chdir("/") != 0) return system_failure("/", errno);
  ::umask(S_IRWXG | S_IRWXO);
  ::prctl(PR_SET_PDEATHSIG, 0);
  ::prctl(PR_SET_NAME, "egressc-guard");
  ignore_signals();
  return kept;
}

std::string ask_memory_killer_to_pass() {
  const Descriptor file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  constexpr std::string_view never = "-1000";
  if (file && ::write(file.get(), never.data(), never.size()) == static_cast<ssize_t>(never.size())) return {};
  return fmt::format("the kernel may end the guardian where memory is short: /proc/self/oom_score_adj: {}",
                     errno == EACCES ? "CAP_SYS_RESOURCE is missing" : std::strerror(errno));
}

namespace {

constexpr std::chrono::seconds most_time{8};
constexpr int most_looks = 100;  // after the answer: systemd moves it when it comes to that
constexpr std::chrono::milliseconds between_looks{20};

bool is_in(const std::string& scope) {
  const Descriptor file(::open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC));
  char text[4096];
  const ssize_t size = ::read(file.get(), text, sizeof text);
  return size > 0 && std::string_view(text, static_cast<std::size_t>(size)).find("/" + scope) != std::string_view::npos;
}

std::string reason(const Result<Finished>& finished) {
  if (!finished) return finished.failure().message;
  const std::string& errors = finished->errors;
  return "busctl: " + printable(errors.substr(0, errors.find_last_not_of('\n') + 1), 1000);
}

}  // namespace

std::string scope_name(int pid) { return fmt::format("egressc-guard-{}.scope", pid); }

std::vector<std::string> scope_arguments(int pid) {
  // It ignores SIGTERM, and would hold a shutdown up: what is not confirmed is not kept over one anyway.
  return {"--system",
          "--quiet",
          "--timeout=5",
          "call",
          "org.freedesktop.systemd1",
          "/org/freedesktop/systemd1",
          "org.freedesktop.systemd1.Manager",
          "StartTransientUnit",
          "ssa(sv)a(sa(sv))",
          scope_name(pid),
          "fail",
          "4",
          "Description",
          "s",
          "egressc: takes a change of the packet filter back unless it is confirmed",
          "PIDs",
          "au",
          "1",
          std::to_string(pid),
          "CollectMode",
          "s",
          "inactive-or-failed",
          "KillSignal",
          "i",
          "9",
          "0"};
}

std::string enter_own_scope() {
  // As sd_booted(3) tells it.
  if (::access("/run/systemd/system", F_OK) != 0) return {};
  const std::string consequence = "the guardian may end with the session or service that started it: ";
  const auto busctl = find_program("busctl");
  if (!busctl) return consequence + "busctl is missing (Debian: systemd)";
  Limits limits;
  limits.time = most_time;
  const auto finished = run_program(*busctl, scope_arguments(::getpid()), "", limits);
  if (!finished || finished->status != 0) return consequence + reason(finished);
  const std::string scope = scope_name(::getpid());
  for (int look = 0; look < most_looks; ++look) {
    if (is_in(scope)) return {};
    pause_for(between_looks);
  }
  return consequence + "systemd did not move it to " + scope;
}

}  // namespace egressc::kernel
