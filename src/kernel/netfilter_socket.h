// Questions to nf_tables by netlink (libmnl), in the calling thread's network namespace.
#pragma once

#include <libmnl/libmnl.h>

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
  struct Close {
    void operator()(mnl_socket* socket) const { ::mnl_socket_close(socket); }
  };
  explicit NetfilterSocket(std::unique_ptr<mnl_socket, Close> socket) : socket_(std::move(socket)) {}

  std::unique_ptr<mnl_socket, Close> socket_;
};

}  // namespace egressc::kernel
