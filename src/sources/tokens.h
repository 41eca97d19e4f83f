// A line of text in pieces.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace egressc {

struct Token {
  static constexpr std::size_t none = std::string_view::npos;
  std::string_view text;     // not empty
  std::size_t colon = none;  // the first in it
  std::size_t equals = none;
  std::string_view before;  // what stands between the token before it and this one
  std::string_view after;   // all that follows
};

// Splits at blanks, control bytes, quotes, brackets other than "[]", commas, semicolons and "|". A terminal's escape
// sequence (ECMA-48) ends a token and is not part of any.
class Tokens {
 public:
  explicit Tokens(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  bool next(Token& token) {
    const char* const start = at_;
    while (at_ != end_ && kind(*at_) >= Kind::separator) {
      if (kind(*at_) == Kind::escape)
        skip_escape();
      else
        ++at_;
    }
    if (at_ == end_) return false;
    const char* const first = at_;
    token = {};
    for (; at_ != end_; ++at_) {
      const Kind here = kind(*at_);
      if (here == Kind::word) continue;
      if (here >= Kind::separator) break;
      std::size_t& mark = here == Kind::colon ? token.colon : token.equals;
      if (mark == Token::none) mark = static_cast<std::size_t>(at_ - first);
    }
    token.text = between(first, at_);
    token.before = between(start, first);
    token.after = between(at_, end_);
    return true;
  }

  // Goes on after `length` bytes of what follows the last token.
  void skip(std::size_t length) { at_ += length; }

 private:
  enum class Kind : std::uint8_t { word, colon, equals, separator, escape };

  static constexpr std::array<Kind, 256> make_kinds() {
    std::array<Kind, 256> kinds{};
    for (unsigned c = 0; c <= 0x20; ++c) kinds[c] = Kind::separator;
    for (const char c : std::string_view("\"'`(){}<>,;|\x7f")) kinds[static_cast<unsigned char>(c)] = Kind::separator;
    kinds[':'] = Kind::colon;
    kinds['='] = Kind::equals;
    kinds[0x1b] = Kind::escape;
    return kinds;
  }
  static Kind kind(char c) {
    static constexpr std::array<Kind, 256> kinds = make_kinds();
    return kinds[static_cast<unsigned char>(c)];
  }
  static std::string_view between(const char* first, const char* last) {
    return {first, static_cast<std::size_t>(last - first)};
  }

  void skip_escape();

  const char* at_;
  const char* end_;
};

}  // namespace egressc
