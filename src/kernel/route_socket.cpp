#include "kernel/route_socket.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

namespace egressc::kernel {

Result<RouteSocket> RouteSocket::open() {
  RouteSocket route;
  route.socket_.reset(::mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC));
  if (!route.socket_ || ::mnl_socket_bind(route.socket_.get(), 0, MNL_SOCKET_AUTOPID) != 0)
    return failed("rtnetlink", errno);
  constexpr timeval patience{10, 0};
  ::setsockopt(::mnl_socket_get_fd(route.socket_.get()), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return route;
}

int RouteSocket::ask(RouteRequest& request) {
  const nlmsghdr* const message = request.message();
  if (::mnl_socket_sendto(socket_.get(), message, message->nlmsg_len) < 0) return errno;
  alignas(nlmsghdr) char answer[8192];
  ssize_t size = 0;
  do size = ::mnl_socket_recvfrom(socket_.get(), answer, sizeof answer);
  while (size < 0 && errno == EINTR);
  if (size < 0) return errno;
  const unsigned port = ::mnl_socket_get_portid(socket_.get());
  return ::mnl_cb_run(answer, static_cast<std::size_t>(size), message->nlmsg_seq, port, nullptr, nullptr) < 0 ? errno
                                                                                                              : 0;
}

}  // namespace egressc::kernel
