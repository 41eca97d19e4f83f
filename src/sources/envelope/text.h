// Words and numbers of a line, as logs write them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "model/words/text.h"

namespace egressc::sources {

// Without regard to case; `lower` is lower case.
inline bool equals_lower(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return to_lower(a) == b; });
}

// Sets `number` to what the whole text is in decimal. False if it is no number that T holds.
template <class T>
bool read_number(std::string_view text, T& number) {
  const auto read = parse_number<T>(text);
  if (read) number = *read;
  return read.has_value();
}

inline std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

// text up to its first `mark`.
inline std::string_view up_to(std::string_view text, char mark) { return text.substr(0, text.find(mark)); }

// The protocols that a policy has words for, by name without regard to case; ip_protocol::unknown for anything else.
std::uint8_t protocol_named(std::string_view name);

}  // namespace egressc::sources
