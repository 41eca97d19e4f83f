#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/fsuid.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "kernel/rehearsal/rehearsal.h"
#include "support/descriptor.h"

namespace egressc::kernel {
namespace {

constexpr uid_t ask_only = static_cast<uid_t>(-1);  // setfsuid(2): no id, so nothing changes

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const Address& address, std::uint16_t port, unsigned link) {
  SocketAddress result;
  if (address.family == Family::ipv4) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(address.low));
    std::memcpy(&result.storage, &to, result.size = sizeof to);
    return result;
  }
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(port);
  for (unsigned i = 0; i < 16; ++i)
    to.sin6_addr.s6_addr[i] = static_cast<std::uint8_t>((i < 8 ? address.high : address.low) >> (7 - i % 8) * 8);
  if (is_link_local(address) || is_multicast(address)) to.sin6_scope_id = link;
  std::memcpy(&result.storage, &to, result.size = sizeof to);
  return result;
}

int open_socket(const FlowPoint& flow) {
  const int type = flow.protocol == ip_protocol::tcp ? SOCK_STREAM : SOCK_DGRAM;
  return ::socket(flow.to.family == Family::ipv4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC,
                  flow.protocol);
}

template <typename Value>
void set(int socket, int option, const Value& value) {
  ::setsockopt(socket, SOL_SOCKET, option, &value, sizeof value);
}

int send(int socket, const FlowPoint& flow, const SocketAddress& to) {
  if (flow.protocol == ip_protocol::tcp) return ::connect(socket, to.get(), to.size) == 0 ? 0 : errno;
  std::uint8_t payload[8] = {};  // of an echo request: its header
  if (flow.protocol != ip_protocol::udp) payload[0] = static_cast<std::uint8_t>(flow.port >> 8);
  return ::sendto(socket, payload, sizeof payload, 0, to.get(), to.size) >= 0 ? 0 : errno;
}

}  // namespace

SocketOwner::SocketOwner()
    : uid_before_(static_cast<uid_t>(::setfsuid(ask_only))),
      gid_before_(static_cast<gid_t>(::setfsgid(ask_only))),
      uid_(uid_before_),
      gid_(gid_before_) {}

SocketOwner::~SocketOwner() { become(uid_before_, gid_before_); }

bool SocketOwner::become(uid_t uid, gid_t gid) {
  if (uid == uid_ && gid == gid_) return true;
  ::setfsgid(gid);
  ::setfsuid(uid);
  gid_ = static_cast<gid_t>(::setfsgid(ask_only));
  uid_ = static_cast<uid_t>(::setfsuid(ask_only));
  return uid == uid_ && gid == gid_;
}

Sending send_probe(const FlowPoint& flow, std::uint16_t from_port, unsigned link) {
  const Descriptor socket(open_socket(flow));
  if (!socket) return {errno, 0};
  // A connection to this host is forgotten at once; any other is never made, for nobody answers.
  if (flow.protocol == ip_protocol::tcp && flow.loopback) set(socket.get(), SO_LINGER, linger{1, 0});
  if (is_broadcast(flow.to)) set(socket.get(), SO_BROADCAST, 1);
  const Address any{flow.to.family, 0, 0};
  const SocketAddress from = socket_address(any, from_port, 0);
  if (::bind(socket.get(), from.get(), from.size) != 0) return {errno, 0};
  const bool has_port = flow.protocol == ip_protocol::tcp || flow.protocol == ip_protocol::udp;
  const int error_number = send(socket.get(), flow, socket_address(flow.to, has_port ? flow.port : 0, link));
  return {0, error_number == EINPROGRESS ? 0 : error_number};
}

}  // namespace egressc::kernel
