// Netlink (libmnl), and questions to nf_tables: in the calling thread's network namespace.
#pragma once

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "egressc/diagnostics.h"

namespace egressc::kernel {

struct CloseNetlink {
  void operator()(mnl_socket* socket) const { ::mnl_socket_close(socket); }
};
using NetlinkSocket = std::unique_ptr<mnl_socket, CloseNetlink>;

// Of one of linux/netlink.h, such as NETLINK_NETFILTER, in these groups (bits). Waits 10 s for an answer at most.
// nullptr where it cannot be: errno says why.
NetlinkSocket open_netlink(int bus, unsigned groups);

// What comes next, or -1: errno says why.
ssize_t receive(const NetlinkSocket& socket, std::span<char> buffer);

// Messages of netfilter: a header of netlink, and one of linux/netfilter/nfnetlink.h.
// Type of a message of nf_tables (NFT_MSG_…).
constexpr std::uint16_t nf_tables_type(unsigned message) {
  return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

// Begins one in a buffer that is aligned for nlmsghdr and has room for it, as a request with these flags besides.
inline nlmsghdr* begin_message(void* buffer, std::uint16_t type, unsigned flags, unsigned char family,
                               std::uint16_t resource = 0) {
  nlmsghdr* const message = ::mnl_nlmsg_put_header(buffer);
  message->nlmsg_type = type;
  message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  auto* const header = static_cast<nfgenmsg*>(::mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  header->nfgen_family = family;
  header->version = NFNETLINK_V0;
  header->res_id = resource;
  return message;
}

class NetfilterSocket {
 public:
  // `group` of linux/netfilter/nfnetlink.h to hear, or 0. The socket stays in the network namespace of this moment.
  static Result<NetfilterSocket> open(unsigned group);

  using Attribute = std::function<void(const nlattr*)>;

  // Sends a request of nf_tables (NFT_MSG_…) about `family`, with one text attribute if `name` is not empty, and hands
  // each attribute of the answer on. False if the kernel answers ENOENT: there is no such thing.
  Result<bool> ask(unsigned message, unsigned char family, std::uint16_t attribute, std::string_view name,
                   const Attribute& use);

  // As ask(), with two names, for every one of a kind.
  Result<std::monostate> ask_all(unsigned message, unsigned char family, std::uint16_t attribute, std::string_view name,
                                 std::uint16_t second_attribute, std::string_view second_name, const Attribute& use);

  // Sends a batch (linux/netfilter/nfnetlink.h), of messages that want no acknowledgement, as one: 0 if the kernel has
  // nothing against it, or the first errno that it answers. nullopt if it did not get there, or its answers did not get
  // here.
  std::optional<int> send_batch(std::span<const std::string_view> messages);

  // What the group has heard and nobody has read yet: hands each attribute of messages of this kind on. Does not wait.
  void hear(unsigned message, const std::function<void()>& begin, const Attribute& use);

  // What hear() reads from, for poll(2).
  int descriptor() const { return ::mnl_socket_get_fd(socket_.get()); }

  // Whether it hears a group from now on.
  void listen(unsigned group, bool on);

 private:
  explicit NetfilterSocket(NetlinkSocket socket) : socket_(std::move(socket)) {}

  NetlinkSocket socket_;
};

// The ruleset generation, and with it whether nf_tables answers at all: NFT_MSG_GETGEN, linux/netfilter/nf_tables.h.
Result<std::uint32_t> ruleset_generation();

}  // namespace egressc::kernel
