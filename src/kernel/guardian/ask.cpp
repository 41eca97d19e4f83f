#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "egressc/diagnostics.h"
#include "kernel/guardian/guardian.h"
#include "kernel/guardian/protocol.h"
#include "support/descriptor.h"

namespace egressc {
namespace kernel {
namespace {

constexpr std::chrono::milliseconds between_attempts{50};

Failure no_answer(const std::string& socket) {
  return {printable(socket, 4096) + ": the guardian did not answer in time: it may be loading rules; try again"};
}

// nullopt if nobody listens.
Result<std::optional<Descriptor>> connect_in_time(const std::string& socket, std::chrono::nanoseconds deadline) {
  for (;;) {
    auto connection = connect_to(socket);
    if (!connection) return connection.failure();
    switch (connection->error_number) {
      case 0:
        return std::optional<Descriptor>(std::move(connection->fd));
      case ENOENT:
      case ECONNREFUSED:
        return std::optional<Descriptor>();
      case EACCES:
      case EPERM:
        return Failure{printable(socket, 4096) + ": only who started the change may ask: run egressc as root"};
      case EAGAIN:
        break;  // too many ask at once
      default:
        return system_failure(socket, connection->error_number);
    }
    if (since_boot() >= deadline) return no_answer(socket);
    pause_for(between_attempts);
  }
}

}  // namespace
}  // namespace kernel

Result<GuardianAnswer> ask_guardian(const std::string& socket, GuardianRequest request,
                                    std::chrono::milliseconds patience) {
  using namespace kernel;
  const auto deadline = since_boot() + patience;
  const auto connected = connect_in_time(socket, deadline);
  if (!connected) return connected.failure();
  if (!*connected) return GuardianAnswer{};
  const int fd = (*connected)->get();
  const std::string_view words = to_words(request);
  if (::send(fd, words.data(), words.size(), MSG_NOSIGNAL) < 0 && errno != EPIPE) return system_failure(socket, errno);
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - since_boot());
    if (left.count() <= 0) return no_answer(socket);
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(left.count())) != 1) continue;
    char text[longest_words];
    const ssize_t size = ::recv(fd, text, sizeof text, MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0)
      return Failure{printable(socket, 4096) +
                     ": the guardian ended before it answered: `egressc status` shows what runs"};
    const auto answer = answer_of({text, static_cast<std::size_t>(size)});
    if (!answer) return Failure{printable(socket, 4096) + ": what answers there is no guardian of this version"};
    return *answer;
  }
}

}  // namespace egressc
