// Bytes, words and numbers of a line.
#pragma once

#include <algorithm>
#include <charconv>
#include <string_view>

namespace egressc::sources {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Without regard to case; `lower` is lower case.
inline bool equals_lower(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return to_lower(a) == b; });
}

// The whole text as a decimal number that T holds; else `number` is anything.
template <class T>
bool parse_number(std::string_view text, T& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && stop == text.data() + text.size();
}

// Takes the text up to the next blank, and the blank.
inline std::string_view take_word(std::string_view& text) {
  const std::size_t stop = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, stop);
  text.remove_prefix(std::min(stop + 1, text.size()));
  return word;
}

inline bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

inline std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

// text up to its first `mark`.
inline std::string_view up_to(std::string_view text, char mark) { return text.substr(0, text.find(mark)); }

}  // namespace egressc::sources
