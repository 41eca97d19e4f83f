// A ruleset as messages of nf_tables (linux/netfilter/nf_tables.h).
#pragma once

#include <optional>
#include <string>

#include "model/values/nft_table.h"

namespace egressc::kernel {

// The messages of a transaction, without its beginning and end.
struct Messages {
  std::string rules;      // all but
  std::string elements;   // those of large sets, which follow: in the end
  std::size_t count = 0;  // of the elements in `elements`
};

// As libnftables 1.0.6 encodes the same text, so that nft(8) lists it the same. nullopt where it would refuse it: a
// name or a comment is too long.
std::optional<Messages> encode(const NftChange& change);

}  // namespace egressc::kernel
