#include "kernel/guardian/guardian.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "egressc/diagnostics.h"
#include "kernel/guardian/daemon.h"
#include "kernel/process/namespaces.h"
#include "kernel/process/process.h"
#include "support/descriptor.h"

namespace egressc {
namespace kernel {
namespace {

constexpr std::chrono::seconds time_to_arm{30};
constexpr std::chrono::seconds time_to_hear{10};
constexpr std::chrono::hours most_patience{24 * 366};
constexpr std::size_t longest_link_message = 8192;

// The first message of a guardian: one of these, its process number, and why it cannot be one, or may end too soon.
constexpr char armed_mark = '+';
constexpr char failed_mark = '-';

bool send_message(int fd, std::string_view text) {
  return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

// "" if the other end is closed; a Failure if nothing came in time.
Result<std::string> receive_message(int fd, std::chrono::milliseconds time) {
  const auto deadline = since_boot() + time;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - since_boot());
    if (left.count() <= 0) return Failure{fmt::format("the guardian did not answer within {} ms", time.count())};
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(left.count())) != 1) continue;
    std::string text(longest_link_message, '\0');
    const ssize_t size = ::recv(fd, text.data(), text.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }
}

// In the guardian. Nothing is said to the log before the applier has its answer but that it is armed: a log that hangs
// is a Failure of arm(), and not of the undo.
Result<Done> guard(const GuardianOrder& order, int inherited, std::chrono::nanoseconds armed) {
  auto link = become_guardian(inherited);
  if (!link) {
    send_message(inherited, failed_mark + link.failure().message);
    return Done{};
  }
  const auto fail = [&](const Failure& failure) {
    send_message(link->get(), failed_mark + failure.message);
    return Done{};
  };
  if (!order.netns.empty())
    if (const auto entered = enter_named_network(order.netns); !entered) return fail(entered.failure());
  auto timer = make_timer();
  if (!timer) return fail(timer.failure());
  const auto socket = GuardianSocket::listen(order.socket);
  if (!socket) return fail(socket.failure());
  // Root does not have what that takes in every container: for the log, and not for everybody who applies.
  const std::string may_be_killed = ask_memory_killer_to_pass();
  const std::string warning = enter_own_scope();
  ::openlog("egressc", LOG_PID, LOG_AUTHPRIV);
  ::syslog(LOG_NOTICE, "armed: a change is taken back unless it is confirmed within %lld ms%s%s",
           static_cast<long long>(order.patience.count()), may_be_killed.empty() ? "" : "; ", may_be_killed.c_str());
  if (!send_message(link->get(), fmt::format("{}{} {}", armed_mark, ::getpid(), warning))) {
    socket->remove();
    return Done{};
  }
  watch(order, std::move(*link), *socket, std::move(*timer), armed);
  return Done{};
}

// In a child of the applier: neither its child nor the leader of a session, which could get a terminal.
[[noreturn]] void start_guardian(const GuardianOrder& order, int link, std::chrono::nanoseconds armed) noexcept {
  ::setsid();
  const pid_t guardian = ::fork();
  if (guardian == 0) (void)guard(order, link, armed);
  ::_exit(guardian < 0 ? 1 : 0);
}

Failure no_longer(std::string_view what) {
  return {fmt::format("the guardian has ended, and {}: `egressc rollback` restores the rules from before", what)};
}

}  // namespace
}  // namespace kernel

Result<Guardian> Guardian::arm(const GuardianOrder& order) {
  using namespace kernel;
  if (order.patience.count() <= 0 || order.patience > most_patience)
    return Failure{"the time to confirm a change must be above 0, and a year at most"};
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return system_failure("socketpair", errno);
  // Above 2: where a standard descriptor is closed, what is printed must not reach the guardian.
  Guardian guardian(::fcntl(ends[0], F_DUPFD_CLOEXEC, 3), 0, {});
  pid_t child = -1;
  {
    const Descriptor ours(ends[0]);
    const Descriptor theirs(ends[1]);
    if (guardian.link_ < 0) return system_failure("fcntl", errno);
    const auto armed = since_boot();
    const BlockedSignals blocked;
    child = ::fork();
    if (child == 0) start_guardian(order, ends[1], armed);
    if (child < 0) return system_failure("fork", errno);
  }
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {}
  const auto said = receive_message(guardian.link_, time_to_arm);
  if (!said) return said.failure();
  if (said->empty()) return Failure{"the guardian could not start: memory or processes are short"};
  if (said->front() != armed_mark) return Failure{said->substr(1)};
  guardian.pid_ = std::atoi(said->c_str() + 1);
  guardian.warning_ = said->substr(said->find(' ') + 1);
  return guardian;
}

Guardian::~Guardian() {
  if (link_ >= 0) ::close(link_);
}

Result<std::monostate> Guardian::applied() {
  using namespace kernel;
  if (!send_message(link_, applied_word)) return no_longer("nothing would take the change back");
  const auto heard = receive_message(link_, time_to_hear);
  if (!heard) return heard.failure();
  if (*heard != applied_word) return no_longer("nothing would take the change back");
  return std::monostate{};
}

Result<std::monostate> Guardian::stand_down() {
  using namespace kernel;
  // It may have ended: there is nothing that it would be needed for.
  if (!send_message(link_, stand_down_word)) return std::monostate{};
  const auto ended = receive_message(link_, time_to_hear);
  if (!ended) return ended.failure();
  return std::monostate{};
}

}  // namespace egressc
