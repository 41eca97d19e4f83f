#include "kernel/generation.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <sys/socket.h>

#include <optional>

#include "kernel/netfilter_socket.h"

namespace egressc::kernel {

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
