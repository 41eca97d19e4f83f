// Messages of netfilter: a header of netlink, and one of linux/netfilter/nfnetlink.h.
#pragma once

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cstdint>

namespace egressc::kernel {

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

}  // namespace egressc::kernel
