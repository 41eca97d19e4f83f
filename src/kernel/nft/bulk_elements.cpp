#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "kernel/nft/bulk.h"
#include "kernel/nft/netlink.h"

namespace egressc::kernel {
namespace {

constexpr std::uint32_t longest_list = 65000;  // bytes; an element takes less than 200

// A concatenation: each part fills up 32-bit words (NFT_REG32_SIZE).
class Key {
 public:
  Key(const Address& address, Protocol protocol, std::uint16_t port) {
    if (address.family == Family::ipv6) {
      add(address.high, 8);
      add(address.low, 8);
    } else {
      add(address.low, 4);
    }
    add(protocol == Protocol::tcp ? IPPROTO_TCP : IPPROTO_UDP, 1);
    size_ += 3;
    add(port, 2);
    size_ += 2;
  }

  void put(nlmsghdr* message, std::uint16_t type) const {
    nlattr* const nest = ::mnl_attr_nest_start(message, type);
    ::mnl_attr_put(message, NFTA_DATA_VALUE, size_, bytes_.data());
    ::mnl_attr_nest_end(message, nest);
  }

 private:
  // In network order.
  void add(std::uint64_t value, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) bytes_[size_++] = static_cast<std::uint8_t>(value >> (8 * i));
  }

  std::array<std::uint8_t, 24> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace

void BulkElements::begin(std::string_view set) { set_ = set; }

void BulkElements::add(const BulkElement& element) {
  if (message_ != nullptr && message_->nlmsg_len > longest_list) close();
  if (message_ == nullptr) open();
  const AddressRange range = range_of(element.destination);
  nlattr* const nest = ::mnl_attr_nest_start(message_, NFTA_LIST_ELEM);
  Key(range.first, element.protocol, element.ports.first).put(message_, NFTA_SET_ELEM_KEY);
  Key(range.last, element.protocol, element.ports.last).put(message_, NFTA_SET_ELEM_KEY_END);
  ::mnl_attr_nest_end(message_, nest);
}

void BulkElements::end() {
  if (message_ != nullptr) close();
}

void BulkElements::open() {
  message_ = begin_message(buffer_.data(), nf_tables_type(NFT_MSG_NEWSETELEM), NLM_F_CREATE, NFPROTO_INET);
  ::mnl_attr_put_strz(message_, NFTA_SET_ELEM_LIST_TABLE, "egressc");
  ::mnl_attr_put_strz(message_, NFTA_SET_ELEM_LIST_SET, set_.c_str());
  list_ = ::mnl_attr_nest_start(message_, NFTA_SET_ELEM_LIST_ELEMENTS);
}

void BulkElements::close() {
  ::mnl_attr_nest_end(message_, list_);
  messages_.append(buffer_.data(), message_->nlmsg_len);
  message_ = nullptr;
}

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
