#include "kernel/generation.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "kernel/owned_fd.h"

namespace egressc::kernel {
namespace {

struct Close {
  void operator()(mnl_socket* socket) const { ::mnl_socket_close(socket); }
};

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
      return failed("nf_tables", error_number);
  }
}

int find_id(const nlattr* attribute, void* id) {
  if (::mnl_attr_get_type(attribute) == NFTA_GEN_ID && ::mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
    *static_cast<std::optional<std::uint32_t>*>(id) = ntohl(::mnl_attr_get_u32(attribute));
  return MNL_CB_OK;
}

int read_answer(const nlmsghdr* message, void* id) { return ::mnl_attr_parse(message, sizeof(nfgenmsg), find_id, id); }

}  // namespace

Result<std::uint32_t> ruleset_generation() {
  const std::unique_ptr<mnl_socket, Close> socket(::mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
  if (!socket || ::mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0) return explain(errno);
  constexpr timeval patience{10, 0};
  ::setsockopt(::mnl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

  alignas(nlmsghdr) char buffer[8192];
  nlmsghdr* const request = ::mnl_nlmsg_put_header(buffer);
  request->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN;
  request->nlmsg_flags = NLM_F_REQUEST;
  request->nlmsg_seq = 1;
  auto* const header = static_cast<nfgenmsg*>(::mnl_nlmsg_put_extra_header(request, sizeof(nfgenmsg)));
  header->nfgen_family = AF_UNSPEC;
  header->version = NFNETLINK_V0;
  if (::mnl_socket_sendto(socket.get(), request, request->nlmsg_len) < 0) return explain(errno);

  ssize_t size = 0;
  do size = ::mnl_socket_recvfrom(socket.get(), buffer, sizeof buffer);
  while (size < 0 && errno == EINTR);
  if (size < 0) return explain(errno);
  std::optional<std::uint32_t> id;
  const unsigned port = ::mnl_socket_get_portid(socket.get());
  if (::mnl_cb_run(buffer, static_cast<std::size_t>(size), 1, port, read_answer, &id) < 0) return explain(errno);
  if (!id) return explain(EPROTO);
  return *id;
}

}  // namespace egressc::kernel
