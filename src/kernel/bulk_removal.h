// Lines that take something out of the table inet egressc, and their messages (linux/netfilter/nf_tables.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace egressc::kernel {

struct BulkRemoval {
  bool is_set = false;      // or a chain
  bool is_flushed = false;  // stays, without its rules
  std::string_view name;
};

// "flush chain inet egressc NAME", "delete chain inet egressc NAME" or "delete set inet egressc NAME".
std::optional<BulkRemoval> read_removal(std::string_view line);

// As libnftables encodes it: NFT_MSG_DELRULE, NFT_MSG_DELCHAIN or NFT_MSG_DELSET.
void add_removal(std::string& messages, const BulkRemoval& removal);

}  // namespace egressc::kernel
