// The words of an nftables text, with their places.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"

namespace egressc::readers {

struct NftToken {
  enum class Kind : std::uint8_t { word, quoted, mark, newline, end };
  Kind kind = Kind::end;
  std::string_view text;  // of a quoted one, what is between the quotes
  std::size_t offset = 0;
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  bool is(std::string_view wanted) const { return (kind == Kind::word || kind == Kind::mark) && text == wanted; }
};

// One token ahead. The first error is reported and ends the text: what follows is an `end`, and nothing more is said.
class NftTokens {
 public:
  NftTokens(std::string_view text, const std::string& file, Diagnostics& diagnostics);

  const NftToken& peek() const { return token_; }
  NftToken next();
  // Whether the next token is this word or mark; then it is passed.
  bool take(std::string_view wanted);
  // One that has to be next. `words` are parted by blanks.
  void expect(std::string_view words);
  void expect_newline();
  std::string_view expect_quoted();
  void skip_newlines();

  void fail(const NftToken& at, std::string message);
  void fail(const Location& where, std::string message, std::string source = {});
  // "expected WHAT, found …" at the next token.
  void fail_expected(std::string_view what);
  bool failed() const { return failed_; }

  Location where(const NftToken& at) const { return {file_, at.line, at.column}; }
  // The text from `from` to the last token that was passed.
  std::string_view text_since(const NftToken& from) const;

 private:
  NftToken scan();

  std::string_view text_;
  const std::string& file_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;      // where the next token ends
  std::size_t passed_ = 0;  // where the one before it does
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
  bool failed_ = false;
  NftToken token_;
};

}  // namespace egressc::readers
