// What system calls on sockets return, and what that tells of a packet.
#include <algorithm>
#include <cerrno>
#include <limits>

#include "model/words/text.h"
#include "sources/audit/record.h"

namespace egressc::sources {
namespace {

struct Error {
  std::string_view name;
  std::int32_t number;
  Departure packet;
};

// Where files are named, they are the kernel's. What is not listed is an error of the call itself, before any packet:
// EBADF, ENOTSOCK, EFAULT, EINVAL, EAFNOSUPPORT, EPROTOTYPE, EADDRNOTAVAIL, EMSGSIZE, ENOTCONN, EPIPE, ENOMEM …
constexpr Error errors[] = {
    // The first packet of a TCP connection is on its way (net/ipv4/af_inet.c: __inet_stream_connect).
    {"EINPROGRESS", EINPROGRESS, Departure::possible},
    {"EINTR", EINTR, Departure::possible},
    // A full buffer (send(2)), or no port left (connect(2)): the next try is none of the process's choice.
    {"EAGAIN", EAGAIN, Departure::possible},
    // Answers: a reset, ICMP (net/ipv4/icmp.c: icmp_err_convert; net/ipv6/icmp.c: icmpv6_err_convert), or none in time.
    {"ECONNREFUSED", ECONNREFUSED, Departure::possible},
    {"ECONNRESET", ECONNRESET, Departure::possible},
    {"ECONNABORTED", ECONNABORTED, Departure::possible},
    {"ETIMEDOUT", ETIMEDOUT, Departure::possible},
    {"EHOSTDOWN", EHOSTDOWN, Departure::possible},
    {"ENONET", ENONET, Departure::possible},
    {"ENOPROTOOPT", ENOPROTOOPT, Departure::possible},
    {"EPROTO", EPROTO, Departure::possible},
    // ICMP, or this host has no route: nothing left then, and nothing but the route was in the way.
    {"ENETUNREACH", ENETUNREACH, Departure::possible},
    {"EHOSTUNREACH", EHOSTUNREACH, Departure::possible},
    {"ENETDOWN", ENETDOWN, Departure::possible},
    // The queue behind the filter was full (net/core/dev.c: net_xmit_errno).
    {"ENOBUFS", ENOBUFS, Departure::possible},
    // The packet filter dropped it, a BPF program or a security module refused the call; over IPv6 also ICMP.
    {"EPERM", EPERM, Departure::denied},
    {"EACCES", EACCES, Departure::denied},
    // Known by its name because the descriptor stays what it is.
    {"EAFNOSUPPORT", EAFNOSUPPORT, Departure::none},
    // The address is not looked at: the socket is connected, or being connected, to that of an earlier call.
    {"EALREADY", EALREADY, Departure::none},
    {"EISCONN", EISCONN, Departure::none},
    // Interrupted, as kernels before 2.6.29 record it (linux/errno.h).
    {"ERESTARTSYS", 512, Departure::possible},
    {"ERESTARTNOINTR", 513, Departure::possible},
    {"ERESTARTNOHAND", 514, Departure::possible},
    {"ERESTART_RESTARTBLOCK", 516, Departure::possible},
};
constexpr std::int32_t some_error = 4095;  // MAX_ERRNO (linux/err.h)

}  // namespace

std::optional<std::int32_t> exit_status(std::string_view text) {
  if (text.starts_with('E')) {
    const std::string_view name = text.substr(0, text.find('('));
    for (const Error& error : errors)
      if (error.name == name) return -error.number;
    return -some_error;
  }
  const bool negative = take(text, "-");
  const auto number = parse_number<std::uint64_t>(text);
  if (!number) return std::nullopt;
  constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
  const auto size = static_cast<std::int32_t>(std::min(*number, most));
  return negative ? -size : size;
}

Departure departure(std::int32_t exit) {
  if (exit >= 0) return Departure::possible;
  for (const Error& error : errors)
    if (error.number == -exit) return error.packet;
  return Departure::none;
}

}  // namespace egressc::sources
