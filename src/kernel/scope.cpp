#include "kernel/scope.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "egressc/diagnostics.h"
#include "kernel/clock.h"
#include "kernel/owned_fd.h"
#include "kernel/program.h"

namespace egressc::kernel {
namespace {

constexpr std::chrono::seconds most_time{8};
constexpr int most_looks = 100;  // after the answer: systemd moves it when it comes to that
constexpr std::chrono::milliseconds between_looks{20};

bool is_in(const std::string& scope) {
  const OwnedFd file(::open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC));
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
