// The words that nft prints for numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace egressc::readers {

enum class NftWords : std::uint8_t {
  icmp_type,
  icmp_code,
  icmpv6_type,
  icmpv6_code,
  ct_state,
  ct_direction,
  tcp_flag,
  nf_proto,
  ether_type,
};

// As `nft describe` lists them (1.0.6). nullopt for a word that is not among them.
std::optional<std::uint32_t> nft_number(NftWords of, std::string_view word);

}  // namespace egressc::readers
