#include "readers/listing_tokens.h"

#include <algorithm>

namespace egressc::readers {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view marks = "{},=;";
constexpr std::string_view ends_word = " \t\n\"{},=;";

}  // namespace

ListingToken ListingTokens::next() {
  const bool begins_line = at_ == 0 || text_[at_ - 1] == '\n';
  at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size());
  // A comment, in which nft warns.
  if (begins_line && at_ < text_.size() && text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
  if (at_ == text_.size()) return {};
  const char first = text_[at_];
  if (first == '\n') return take(ListingToken::Kind::newline, 1);
  if (marks.find(first) != marks.npos) return take(ListingToken::Kind::mark, 1);
  if (first != '"')
    return take(ListingToken::Kind::word, std::min(text_.find_first_of(ends_word, at_), text_.size()) - at_);
  const std::size_t close = text_.find('"', at_ + 1);
  if (close != text_.npos) return take(ListingToken::Kind::quoted, close + 1 - at_);
  at_ = text_.size();
  return {};
}

ListingToken ListingTokens::take(ListingToken::Kind kind, std::size_t size) {
  const ListingToken token{kind, text_.substr(at_, size)};
  at_ += size;
  return token;
}

}  // namespace egressc::readers
