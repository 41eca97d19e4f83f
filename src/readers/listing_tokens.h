// The words of what nft lists, where they stand. Quoted text is passed over as a whole.
#pragma once

#include <cstdint>
#include <string_view>

namespace egressc::readers {

struct ListingToken {
  enum class Kind : std::uint8_t { word, quoted, mark, newline, end };
  Kind kind = Kind::end;
  std::string_view text;

  bool is(std::string_view wanted) const { return (kind == Kind::word || kind == Kind::mark) && text == wanted; }
};

class ListingTokens {
 public:
  explicit ListingTokens(std::string_view text) : text_(text) {}
  // `end` for ever at the end, and where a quote is never closed.
  ListingToken next();

 private:
  ListingToken take(ListingToken::Kind kind, std::size_t size);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace egressc::readers
