// What the condition of a rule looks at in a packet: the left-hand sides of nftables.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "egressc/address.h"
#include "readers/nft_json_document.h"
#include "readers/nft_json_words.h"
#include "readers/ranges.h"

namespace egressc::readers {

struct NftKey {
  enum class Kind : std::uint8_t {
    uid,
    gid,
    interface,    // that it leaves by: 1 the loopback interface, 0 another
    device_type,  // likewise
    family,       // as `words` numbers it
    protocol,
    next_header,
    address,
    port,
    icmp_type,
    icmp_code,
    known,   // the same of all packets that open a flow, but for `candidates`
    opaque,  // a flow does not have it
  };
  Kind kind = Kind::opaque;
  std::optional<Family> family;          // only packets of this family have it
  std::optional<std::uint8_t> protocol;  // only packets of this protocol have it
  std::optional<NftWords> words;         // that its values may be
  std::vector<std::uint32_t> candidates;
  std::string name;  // as nft writes it
  auto operator<=>(const NftKey&) const = default;
};

using NftKeys = std::vector<NftKey>;

// What conntrack may have made of a packet that opens a flow, where a rule asks for it.
struct NftTracking {
  bool is_tracked = true;
  bool is_untracked = false;  // told to leave it alone
  bool is_early = false;      // it has not seen the packet yet
};

// The greatest value that the key may have.
Number last_value(const NftKey& key);

// The parts of a concatenation, or the one key that `left` is.
NftKeys read_keys(const Json& left, const NftTracking& tracking);

}  // namespace egressc::readers
