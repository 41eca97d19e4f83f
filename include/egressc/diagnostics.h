// What goes wrong: a Failure where the environment does (a file, a privilege, the kernel), diagnostics where the input
// does. A bug is an assertion.
#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace egressc {

// Why something outside the program did not work, in one line that names the thing: "audit.log: Permission denied".
struct Failure {
  std::string message;
};

// A value, or why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Failure failure) : state_(std::move(failure)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  const T& operator*() const {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }
  const Failure& failure() const {
    assert(!*this);
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Failure> state_;
};

// A place in an input. line and column count from 1, in bytes; 0 means "the file as a whole" or "the line as a whole".
struct Location {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool operator==(const Location&) const = default;
};

enum class Severity : std::uint8_t { note, warning, error };

// message says what is wrong and why; hint says what to do. source is the text of the line at `where`, if it is known:
// a caret is drawn under its column.
struct Diagnostic {
  Severity severity = Severity::error;
  Location where;
  std::string message;
  std::string hint;
  std::string source;
};

// What is wrong with the input: collected where it is found, rendered once, by the command.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  void error(Location where, std::string message, std::string hint = {}, std::string source = {});
  void warning(Location where, std::string message, std::string hint = {}, std::string source = {});
  void note(Location where, std::string message, std::string hint = {}, std::string source = {});

  bool has_errors() const { return errors_ != 0; }
  const std::vector<Diagnostic>& all() const { return all_; }

  // "file:line:column: error: message", the line with a caret, "hint: …"; one diagnostic after the other in the order
  // they were added. Control and non-ASCII bytes come out escaped (see printable()), so no input can reach a terminal.
  std::string render(bool color) const;

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

// text with every byte outside 0x20..0x7e written as \xNN, cut after `limit` bytes with "...".
std::string printable(std::string_view text, std::size_t limit = 200);

// The candidate closest to `word` by edit distance, or "" when none is near enough to suggest (distance at most 2, and
// less than half of the word).
std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates);

// Text that someone else may have written, made safe for any dialect: [A-Za-z0-9 ._:/@=+,-] up to 120 bytes, and
// anything else becomes "sha256-" and 16 hex digits of it. Nothing is escaped: what one dialect escapes another runs.
std::string safe_text(std::string_view text);

}  // namespace egressc
