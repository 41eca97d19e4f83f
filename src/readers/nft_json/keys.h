// What the conditions of nftables look at in a packet, and the values that this is compared with: the two sides of a
// condition.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "readers/meaning/conntrack.h"
#include "readers/meaning/numbers.h"
#include "readers/nft_json/document.h"

namespace egressc::readers {

// The words that nft prints for numbers.
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

// A left-hand side.
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
    state,   // of conntrack: one of `states`, by the kind of packet
    opaque,  // a flow does not have it
  };
  Kind kind = Kind::opaque;
  std::optional<Family> family;          // only packets of this family have it
  std::optional<std::uint8_t> protocol;  // only packets of this protocol have it
  std::optional<NftWords> words;         // that its values may be
  std::vector<std::uint32_t> candidates;
  std::array<std::vector<std::uint32_t>, tracked_kinds> states;  // by TrackedKind
  std::string name;                                              // as nft writes it
  auto operator<=>(const NftKey&) const = default;
};

using NftKeys = std::vector<NftKey>;

// What conntrack may have made of a packet that opens a flow, where a rule asks for it.
struct NftTracking {
  bool is_tracked = true;
  bool is_untracked = false;  // told to leave it alone
  bool is_early = false;      // it has not seen the packet yet
};

// Why a condition on the key is not decided.
std::string why_undecided(const NftKey& key);

// The number by which a key of kind `family` calls this one.
unsigned number_of(Family family, const NftKey& key);

// The greatest value that the key may have.
Number last_value(const NftKey& key);

// The parts of a concatenation, or the one key that `left` is.
NftKeys read_keys(const Json& left, const NftTracking& tracking);

// The values that a right-hand side surely stands for, and those that it possibly does; a range whose last lies before
// its first is none.
struct NftValue {
  Range sure{1, 0};
  Range possible{1, 0};
  bool is_exact() const { return sure == possible; }
};

// A single value, a prefix or a range. What only the machine it was listed on knows, or what is not understood, is
// possibly any value.
NftValue read_value(const Json& value, const NftKey& key);

// One number, or several flags of a key that has them: "new", ["new", "related"], {"|": ["syn", "ack"]}.
std::optional<std::uint32_t> read_bits(const Json& value, const NftKey& key);

// What is the element of a set without what is said about it, and whether that may keep it from being found.
struct NftElement {
  const Json* value;
  bool is_conditional = false;
};
NftElement element_of(const Json& element);

// What stands for the elements of a set, which may be none or one.
template <typename Function>
void for_each_element(const Json& elements, Function function) {
  if (elements.IsArray())
    for (const Json& element : elements.GetArray()) function(element);
  else if (!elements.IsNull())
    function(elements);
}

// Statements on elements: true if one of them may stop a packet from matching (a limit).
bool has_conditions(const Json* statements);

}  // namespace egressc::readers
