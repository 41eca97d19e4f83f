// The words of a ferm file, one after the other.
#pragma once

#include <cstdint>
#include <string_view>

namespace egressc::readers {

struct FermToken {
  enum class Kind : std::uint8_t { word, text, mark, end, bad };  // text was in single quotes; a mark is one of {}();
  Kind kind = Kind::end;
  std::string_view text;
  std::size_t at = 0;  // where it begins
  std::uint32_t line = 0;

  bool is(char mark) const { return kind == Kind::mark && text.front() == mark; }
};

class FermTokens {
 public:
  explicit FermTokens(std::string_view text) : text_(text) {}
  // Bad for what runs commands or is expanded in ferm, and for text that is not closed.
  FermToken next();

 private:
  void skip_blanks();

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace egressc::readers
