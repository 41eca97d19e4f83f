// Numbers, addresses and names of an nftables text.
#pragma once

#include <cstdint>
#include <string_view>

#include "egressc/address.h"
#include "readers/nft_tokens.h"

namespace egressc::readers {

struct NftRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

// Each passes one token, which has to be of its kind, and fails otherwise.
NftRange take_range(NftTokens& tokens, std::string_view what, std::uint32_t most);  // "80", "80-90"
std::uint32_t take_number(NftTokens& tokens, std::string_view what, std::uint32_t most);
Prefix take_prefix(NftTokens& tokens, Family family);
std::string_view take_name(NftTokens& tokens);      // of a table, set or chain
std::string_view take_set_name(NftTokens& tokens);  // "@name"; without the @
PortRange take_ports(NftTokens& tokens);

// "{ element, element }", each read by `element`, with line breaks where nft has them.
template <typename Element>
void take_list(NftTokens& tokens, Element element) {
  tokens.expect("{");
  do {
    tokens.skip_newlines();
    element();
  } while (tokens.take(","));
  tokens.skip_newlines();
  tokens.expect("}");
}

// A list, or one element without braces.
template <typename Element>
void take_one_or_list(NftTokens& tokens, Element element) {
  if (tokens.peek().is("{"))
    take_list(tokens, element);
  else
    element();
}

}  // namespace egressc::readers
