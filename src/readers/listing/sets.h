// The sets and maps of a listed nftables table, with the places of their elements.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace egressc::readers {

// "1d2h3m4s5ms" (nft(8), TIME); nullopt for other text, and for times above 2^53 ms.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

struct ListedSet {
  std::string_view name;
  bool is_map = false;
  bool has_timeout = false;                          // elements can time out
  std::optional<std::chrono::milliseconds> timeout;  // of elements that have none of their own
  std::vector<std::string_view> elements;            // without what parts them
  std::string_view clause;                           // the lines that hold the elements
};

// Those that are whole. All views are of `listing`.
std::vector<ListedSet> listed_sets(std::string_view listing);

struct ListedElement {
  std::string_view key;         // the first word
  bool is_single_word = false;  // the key is that word and no more
  std::string_view timeout;     // the word that follows "timeout", and "expires"; "" if there is none
  std::string_view expires;
};

ListedElement listed_element(std::string_view element);

}  // namespace egressc::readers
