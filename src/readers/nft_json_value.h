// What the values of a key are compared with: the right-hand sides of nftables.
#pragma once

#include <cstdint>
#include <optional>

#include "readers/nft_json_document.h"
#include "readers/nft_json_key.h"
#include "readers/ranges.h"

namespace egressc::readers {

// The values it surely stands for, and those it possibly does; a range whose last lies before its first is none.
struct NftValue {
  Range sure{1, 0};
  Range possible{1, 0};
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
