#include "readers/ferm_tokens.h"

#include <algorithm>

namespace egressc::readers {
namespace {

constexpr bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == ':' || c == '/' || c == ',' || c == '!' || c == '+';
}

constexpr bool is_mark(char c) { return c == '{' || c == '}' || c == '(' || c == ')' || c == ';'; }

}  // namespace

void FermTokens::skip_blanks() {
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\n') {
      ++line_;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
    } else if (c != ' ' && c != '\t') {
      return;
    }
  }
}

FermToken FermTokens::next() {
  using Kind = FermToken::Kind;
  skip_blanks();
  if (at_ == text_.size()) return {Kind::end, {}, at_, line_};
  const std::size_t begin = at_;
  if (is_mark(text_[begin])) {
    ++at_;
    return {Kind::mark, text_.substr(begin, 1), begin, line_};
  }
  if (text_[begin] == '\'') {
    const std::size_t end = text_.find_first_of("'\n", begin + 1);
    if (end == std::string_view::npos || text_[end] == '\n') return {Kind::bad, text_.substr(begin, 1), begin, line_};
    at_ = end + 1;
    return {Kind::text, text_.substr(begin + 1, end - begin - 1), begin, line_};
  }
  while (at_ < text_.size() && is_word_character(text_[at_])) ++at_;
  if (at_ == begin) return {Kind::bad, text_.substr(begin, 1), begin, line_};
  return {Kind::word, text_.substr(begin, at_ - begin), begin, line_};
}

}  // namespace egressc::readers
