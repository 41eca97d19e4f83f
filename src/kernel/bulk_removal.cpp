#include "kernel/bulk_removal.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "kernel/nf_message.h"

namespace egressc::kernel {
namespace {

bool is_name(std::string_view text) {
  const auto is_of_names = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') || character == '_';
  };
  return !text.empty() && text.size() < NFT_NAME_MAXLEN && std::all_of(text.begin(), text.end(), is_of_names);
}

struct Attributes {
  unsigned message;
  std::uint16_t table;
  std::uint16_t name;
};

Attributes attributes_of(const BulkRemoval& removal) {
  if (removal.is_set) return {NFT_MSG_DELSET, NFTA_SET_TABLE, NFTA_SET_NAME};
  if (removal.is_flushed) return {NFT_MSG_DELRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN};
  return {NFT_MSG_DELCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME};
}

}  // namespace

std::optional<BulkRemoval> read_removal(std::string_view line) {
  for (BulkRemoval removal :
       {BulkRemoval{false, true, "flush chain inet egressc "}, BulkRemoval{false, false, "delete chain inet egressc "},
        BulkRemoval{true, false, "delete set inet egressc "}}) {
    if (!line.starts_with(removal.name)) continue;
    removal.name = line.substr(removal.name.size());
    return is_name(removal.name) ? std::optional(removal) : std::nullopt;
  }
  return std::nullopt;
}

void add_removal(std::string& messages, const BulkRemoval& removal) {
  const Attributes attributes = attributes_of(removal);
  alignas(nlmsghdr) std::array<char, 512> buffer{};
  nlmsghdr* const message = begin_message(buffer.data(), nf_tables_type(attributes.message), 0, NFPROTO_INET);
  ::mnl_attr_put_strz(message, attributes.table, "egressc");
  ::mnl_attr_put_strz(message, attributes.name, std::string(removal.name).c_str());
  messages.append(buffer.data(), message->nlmsg_len);
}

}  // namespace egressc::kernel
