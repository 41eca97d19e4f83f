// NFT_MSG_NEWSETELEM (linux/netfilter/nf_tables.h) for sets of `ip daddr . meta l4proto . th dport` of the table inet
// egressc, or ip6.
#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <string>
#include <string_view>

#include "egressc/address.h"

namespace egressc::kernel {

struct BulkElement {
  Prefix destination;
  Protocol protocol = Protocol::tcp;  // or udp
  PortRange ports;
};

// As libnftables encodes them, in messages as long as a nested attribute can be (16 bits).
class BulkElements {
 public:
  explicit BulkElements(std::string& messages) : messages_(messages) {}

  void begin(std::string_view set);  // a name without NUL, NFT_SET_MAXNAMELEN at most
  void add(const BulkElement& element);
  void end();

 private:
  void open();
  void close();

  std::string& messages_;
  std::string set_;
  nlmsghdr* message_ = nullptr;
  nlattr* list_ = nullptr;
  alignas(nlmsghdr) std::array<char, (1 << 16) + 1024> buffer_{};
};

}  // namespace egressc::kernel
