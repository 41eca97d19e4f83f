// The sockets of a network namespace that have a connection: sock_diag(7).
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "kernel/nft/netlink.h"
#include "kernel/process/namespaces.h"
#include "support/descriptor.h"

namespace egressc::kernel {
namespace {

constexpr const char* sock_diag = "sock_diag";
// As inet_diag numbers them; a UDP socket is established if it is connected, and closed if not.
constexpr std::uint32_t connected = 1U << TCP_ESTABLISHED | 1U << TCP_SYN_SENT | 1U << TCP_FIN_WAIT1 |
                                    1U << TCP_FIN_WAIT2 | 1U << TCP_CLOSE_WAIT | 1U << TCP_LAST_ACK | 1U << TCP_CLOSING;

struct Connection {
  inet_diag_req_v2 asked{};
  std::uint32_t inode = 0;
  FlowPoint flow;
};

struct Sockets {
  std::vector<Connection> connections;
  std::set<std::pair<std::uint8_t, std::uint16_t>> listening;  // protocol and port
};

Address address_of(std::uint8_t family, const __be32 (&words)[4]) {
  return family == AF_INET ? ipv4(ntohl(words[0])) : ipv6(reinterpret_cast<const std::uint8_t*>(words));
}

void add_socket(const inet_diag_msg& socket, std::uint8_t protocol, Sockets& sockets) {
  const std::uint16_t port = ntohs(socket.id.idiag_sport);
  const bool listens = socket.idiag_state == (protocol == IPPROTO_TCP ? TCP_LISTEN : TCP_CLOSE);
  if (listens) sockets.listening.emplace(protocol, port);
  // What is closed and still sends has no owner, for rules as well.
  if (listens || (connected >> socket.idiag_state & 1) == 0 || socket.idiag_inode == 0) return;
  Connection connection;
  connection.asked.sdiag_family = socket.idiag_family;
  connection.asked.sdiag_protocol = protocol;
  connection.asked.idiag_states = ~0U;
  connection.asked.id = socket.id;
  const Address from = address_of(socket.idiag_family, socket.id.idiag_src);
  const Address to = address_of(socket.idiag_family, socket.id.idiag_dst);
  connection.inode = socket.idiag_inode;
  connection.flow.uid = socket.idiag_uid;
  connection.flow.loopback = is_loopback(to) || from == to;
  connection.flow.protocol = protocol;
  connection.flow.to = to;
  connection.flow.port = ntohs(socket.id.idiag_dport);
  sockets.connections.push_back(connection);
}

// Sends it, and hands each message of the answer on. 0, or the errno that the kernel answers.
template <typename Use>
int ask(const NetlinkSocket& socket, std::uint16_t type, unsigned flags, const inet_diag_req_v2& request, Use use) {
  alignas(nlmsghdr) std::array<char, NLMSG_SPACE(sizeof request)> question{};
  nlmsghdr* const header = ::mnl_nlmsg_put_header(question.data());
  header->nlmsg_type = type;
  header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  header->nlmsg_seq = 1;
  std::memcpy(::mnl_nlmsg_put_extra_header(header, sizeof request), &request, sizeof request);
  if (::mnl_socket_sendto(socket.get(), header, header->nlmsg_len) < 0) return errno;
  alignas(nlmsghdr) std::array<char, 1 << 16> buffer;
  for (;;) {
    const ssize_t size = receive(socket, buffer);
    if (size < 0) return errno;
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (int left = static_cast<int>(size); ::mnl_nlmsg_ok(message, left); message = ::mnl_nlmsg_next(message, &left)) {
      if (message->nlmsg_type == NLMSG_DONE) return 0;
      if (message->nlmsg_type == NLMSG_ERROR)
        return -static_cast<const nlmsgerr*>(::mnl_nlmsg_get_payload(message))->error;
      use(*static_cast<const inet_diag_msg*>(::mnl_nlmsg_get_payload(message)));
    }
  }
}

// Of the sockets that processes have open, as far as they can be seen.
std::set<std::string> held_by_processes() {
  namespace fs = std::filesystem;
  std::set<std::string> held;
  std::error_code gone;  // a process ends while it is looked at
  for (fs::directory_iterator process("/proc", gone), end; !gone && process != end; process.increment(gone)) {
    std::error_code unseen;
    for (fs::directory_iterator file(process->path() / "fd", unseen), last; !unseen && file != last;
         file.increment(unseen)) {
      std::error_code closed;
      const std::string target = fs::read_symlink(file->path(), closed);
      if (target.starts_with("socket:")) held.insert(target);
    }
  }
  return held;
}

// The kernel's own sockets (of NFS, for one) are listed as root's, and rules see no owner in what they send.
class KernelSockets {
 public:
  bool may_be(const Connection& connection) {
    if (connection.flow.uid != 0) return false;
    if (!held_) held_ = held_by_processes();
    return !held_->contains("socket:[" + std::to_string(connection.inode) + "]");
  }

 private:
  std::optional<std::set<std::string>> held_;
};

Failure failure_for(int error_number) {
  if (error_number == ENOENT || error_number == EINVAL)
    return {
        "this kernel does not list its sockets (CONFIG_INET_DIAG, CONFIG_INET_UDP_DIAG; modprobe tcp_diag udp_diag)"};
  return system_failure(sock_diag, error_number);
}

Result<Sockets> list(const NetlinkSocket& socket) {
  Sockets sockets;
  for (const std::uint8_t protocol : std::initializer_list<std::uint8_t>{IPPROTO_TCP, IPPROTO_UDP})
    for (const std::uint8_t family : std::initializer_list<std::uint8_t>{AF_INET, AF_INET6}) {
      inet_diag_req_v2 request{};
      request.sdiag_family = family;
      request.sdiag_protocol = protocol;
      request.idiag_states = connected | 1U << TCP_LISTEN | 1U << TCP_CLOSE;
      const auto add = [&](const inet_diag_msg& one) { add_socket(one, protocol, sockets); };
      if (const int refused = ask(socket, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, request, add); refused != 0)
        return failure_for(refused);
    }
  return sockets;
}

}  // namespace

Result<EndedConnections> end_connections(const std::function<bool(const FlowPoint&)>& is_denied) {
  const NetlinkSocket socket = open_netlink(NETLINK_SOCK_DIAG, 0);
  if (!socket) return system_failure(sock_diag, errno);
  const auto sockets = list(socket);
  if (!sockets) return sockets.failure();
  EndedConnections result;
  KernelSockets kernel;
  for (const Connection& connection : sockets->connections) {
    const std::uint16_t port = ntohs(connection.asked.id.idiag_sport);
    const bool is_inbound = sockets->listening.contains({connection.asked.sdiag_protocol, port});
    if (is_inbound || !is_denied(connection.flow) || kernel.may_be(connection)) continue;
    const int refused = ask(socket, SOCK_DESTROY, NLM_F_ACK, connection.asked, [](const inet_diag_msg&) {});
    if (refused == 0) ++result.ended;
    if (refused == 0 || refused == ENOENT) continue;  // that one has ended by itself
    ++result.left;
    result.reason = refused == EOPNOTSUPP ? "this kernel cannot do it (CONFIG_INET_DIAG_DESTROY)"
                                          : system_failure(sock_diag, refused).message;
  }
  return result;
}

}  // namespace egressc::kernel
