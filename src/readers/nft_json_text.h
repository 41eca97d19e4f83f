// A rule of nftables in a few words, much as nft writes it.
#pragma once

#include <string>
#include <string_view>

#include "readers/nft_json_document.h"

namespace egressc::readers {

// Text up to a limit, and "..." where there was more.
class ShortText {
 public:
  explicit ShortText(std::size_t limit) : limit_(limit) {}
  bool is_full() const { return text_.size() >= limit_; }
  // Bytes that are not printable come out escaped.
  void add(std::string_view text);
  void add_word(std::string_view word);  // after a space, but for the first
  std::string take();

 private:
  std::size_t limit_;
  std::string text_;
};

void add_expression(ShortText& text, const Json& expression);
void add_statement(ShortText& text, const Json& statement);

}  // namespace egressc::readers
