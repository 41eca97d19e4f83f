#include "kernel/nft/netlink.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <optional>
#include <vector>

#include "support/descriptor.h"

namespace egressc::kernel {
namespace {

Failure explain(int error_number) {
  switch (error_number) {
    case EPERM:
    case EACCES:
      return {"nf_tables: CAP_NET_ADMIN is missing: run egressc as root"};
    // What netlink(7) and nfnetlink answer where nobody serves the family or the subsystem.
    case EPROTONOSUPPORT:
    case EINVAL:
    case EOPNOTSUPP:
    case ENOENT:
      return {"nf_tables: this kernel does not have it (CONFIG_NF_TABLES; modprobe nf_tables)"};
    default:
      return system_failure("nf_tables", error_number);
  }
}

int hand_on(const nlattr* attribute, void* use) {
  (*static_cast<const NetfilterSocket::Attribute*>(use))(attribute);
  return MNL_CB_OK;
}

int read_answer(const nlmsghdr* message, void* use) {
  return ::mnl_attr_parse(message, sizeof(nfgenmsg), hand_on, use);
}

nlmsghdr* put_request(char* buffer, unsigned message, unsigned char family) {
  nlmsghdr* const request = begin_message(buffer, nf_tables_type(message), 0, family);
  request->nlmsg_seq = 1;
  return request;
}

}  // namespace

NetlinkSocket open_netlink(int bus, unsigned groups) {
  NetlinkSocket socket(::mnl_socket_open2(bus, SOCK_CLOEXEC));
  if (!socket) return socket;
  if (::mnl_socket_bind(socket.get(), groups, MNL_SOCKET_AUTOPID) != 0) {
    const int error_number = errno;
    socket.reset();
    errno = error_number;
    return socket;
  }
  constexpr timeval patience{10, 0};
  ::setsockopt(::mnl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return socket;
}

ssize_t receive(const NetlinkSocket& socket, std::span<char> buffer) {
  for (;;) {
    const ssize_t size = ::mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
    if (size >= 0 || errno != EINTR) return size;
  }
}

Result<NetfilterSocket> NetfilterSocket::open(unsigned group) {
  NetlinkSocket socket = open_netlink(NETLINK_NETFILTER, group == 0 ? 0 : 1U << (group - 1));
  if (!socket) return explain(errno);
  return NetfilterSocket(std::move(socket));
}

Result<bool> NetfilterSocket::ask(unsigned message, unsigned char family, std::uint16_t attribute,
                                  std::string_view name, const Attribute& use) {
  alignas(nlmsghdr) char buffer[8192];
  nlmsghdr* const request = put_request(buffer, message, family);
  if (!name.empty()) ::mnl_attr_put_strz(request, attribute, std::string(name).c_str());
  if (::mnl_socket_sendto(socket_.get(), request, request->nlmsg_len) < 0) return explain(errno);

  const ssize_t size = receive(socket_, buffer);
  if (size < 0) return explain(errno);
  const unsigned port = ::mnl_socket_get_portid(socket_.get());
  if (::mnl_cb_run(buffer, static_cast<std::size_t>(size), 1, port, read_answer, const_cast<Attribute*>(&use)) >= 0)
    return true;
  if (errno == ENOENT && !name.empty()) return false;
  return explain(errno);
}

Result<std::monostate> NetfilterSocket::ask_all(unsigned message, unsigned char family, std::uint16_t attribute,
                                                std::string_view name, std::uint16_t second_attribute,
                                                std::string_view second_name, const Attribute& use) {
  alignas(nlmsghdr) char buffer[1 << 16];
  nlmsghdr* const request = put_request(buffer, message, family);
  request->nlmsg_flags |= NLM_F_DUMP;
  ::mnl_attr_put_strz(request, attribute, std::string(name).c_str());
  ::mnl_attr_put_strz(request, second_attribute, std::string(second_name).c_str());
  if (::mnl_socket_sendto(socket_.get(), request, request->nlmsg_len) < 0) return explain(errno);
  const unsigned port = ::mnl_socket_get_portid(socket_.get());
  for (int more = MNL_CB_OK; more == MNL_CB_OK;) {
    const ssize_t size = receive(socket_, buffer);
    if (size < 0) return explain(errno);
    more = ::mnl_cb_run(buffer, static_cast<std::size_t>(size), 1, port, read_answer, const_cast<Attribute*>(&use));
    if (more < 0) return explain(errno);
  }
  return std::monostate{};
}

std::optional<int> NetfilterSocket::send_batch(std::span<const std::string_view> messages) {
  const int fd = ::mnl_socket_get_fd(socket_.get());
  std::size_t whole = 0;
  std::vector<iovec> parts;
  for (const std::string_view part : messages) {
    whole += part.size();
    parts.push_back({const_cast<char*>(part.data()), part.size()});
  }
  const int size = static_cast<int>(std::min<std::size_t>(whole, INT_MAX / 4));
  // Only root may; a batch that is longer than what is allowed is refused (EMSGSIZE).
  (void)::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  msghdr message{};
  message.msg_name = &kernel;
  message.msg_namelen = sizeof kernel;
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  const ssize_t sent = ::sendmsg(fd, &message, 0);
  if (sent < 0 || static_cast<std::size_t>(sent) != whole) return std::nullopt;
  // All answers are there when it is sent.
  alignas(nlmsghdr) char buffer[1 << 16];
  const ssize_t read = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT | MSG_TRUNC);
  if (read < 0) return errno == EAGAIN ? std::optional(0) : std::nullopt;
  const auto* const answer = reinterpret_cast<const nlmsghdr*>(buffer);
  if (read < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr))) || answer->nlmsg_type != NLMSG_ERROR)
    return std::nullopt;
  return -static_cast<const nlmsgerr*>(::mnl_nlmsg_get_payload(answer))->error;
}

void NetfilterSocket::hear(unsigned message, const std::function<void()>& begin, const Attribute& use) {
  alignas(nlmsghdr) char buffer[1 << 16];
  const auto size = [&] { return ::recv(::mnl_socket_get_fd(socket_.get()), buffer, sizeof buffer, MSG_DONTWAIT); };
  // What overflowed (ENOBUFS) is lost, and the rest is heard.
  for (ssize_t read = size(); read >= 0 || errno == ENOBUFS || errno == EINTR; read = size()) {
    auto* notice = reinterpret_cast<nlmsghdr*>(buffer);
    for (int left = static_cast<int>(read); ::mnl_nlmsg_ok(notice, left); notice = ::mnl_nlmsg_next(notice, &left)) {
      if (notice->nlmsg_type != nf_tables_type(message)) continue;
      begin();
      (void)read_answer(notice, const_cast<Attribute*>(&use));
    }
  }
}

void NetfilterSocket::listen(unsigned group, bool on) {
  // Where it fails, nothing is lost but what is heard.
  int number = static_cast<int>(group);
  (void)::mnl_socket_setsockopt(socket_.get(), on ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP, &number,
                                sizeof number);
}

Result<std::uint32_t> ruleset_generation() {
  auto socket = NetfilterSocket::open(0);
  if (!socket) return socket.failure();
  std::optional<std::uint32_t> id;
  const auto answered = socket->ask(NFT_MSG_GETGEN, AF_UNSPEC, 0, "", [&](const nlattr* attribute) {
    if (::mnl_attr_get_type(attribute) == NFTA_GEN_ID && ::mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
      id = ntohl(::mnl_attr_get_u32(attribute));
  });
  if (!answered) return answered.failure();
  if (!id) return Failure{"nf_tables: the kernel did not say the generation of its ruleset"};
  return *id;
}

}  // namespace egressc::kernel
