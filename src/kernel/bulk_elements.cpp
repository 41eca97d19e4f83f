#include "kernel/bulk_elements.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cstdint>

#include "kernel/nf_message.h"

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

}  // namespace egressc::kernel
