// ferm's tokens, as tokenize_string() of ferm 2.5.1 takes them from a line. ferm takes any string where a keyword may
// stand ("! 'include' 'id|'", or a parameter of a function), so no string may be one, and nothing may build a string.
#include <fmt/core.h>

#include "egressc/readers.h"
#include "readers/meaning/numbers.h"

namespace egressc::readers {
namespace {

// What begins with "@" and neither runs nor reads anything, nor builds a string.
constexpr std::string_view harmless_words[] = {"@def",     "@if",     "@else",     "@eq",       "@ne",          "@not",
                                               "@defined", "@length", "@ipfilter", "@subchain", "@gotosubchain"};

constexpr std::string_view harmful_words[] = {"include", "hook"};

constexpr std::string_view harmless_marks = "!,=&$(){};";

constexpr bool is_name_character(char c) { return is_letter_or_digit(c) || c == '_'; }

constexpr bool is_word_character(char c) {
  return is_name_character(c) || std::string_view("-+/.:").find(c) != std::string_view::npos;
}

std::size_t end_of(std::string_view line, std::size_t at, bool (*belongs)(char)) {
  while (at < line.size() && belongs(line[at])) ++at;
  return at;
}

std::string wrong_word(std::string_view word) {
  if (word.starts_with('@') ? is_among(harmless_words, word) : !is_among(harmful_words, word)) return {};
  return fmt::format("ferm could run a command, read a file or look up a name at \"{}\"", printable(word, 40));
}

// What is wrong with the text between quotation marks. A string can become a token, and is then taken apart anew.
std::string wrong_string(std::string_view text) {
  const auto is_odd = [](char c) {
    return c < ' ' || c > '~' || std::string_view("`$\"'\\").find(c) != std::string_view::npos;
  };
  const auto odd = std::find_if(text.begin(), text.end(), is_odd);
  if (odd != text.end()) return fmt::format("\"{}\" in a string could become a command", printable({&*odd, 1}));
  return wrong_word(text);
}

// Reads what stands at `at`, and goes behind it. Returns what is wrong with it, or "".
std::string read_ferm_token(std::string_view line, std::size_t& at) {
  const std::size_t begin = at;
  const char first = line[begin];
  if (first == '"' || first == '\'') {
    const std::size_t end = line.find(first, begin + 1);
    if (end == std::string_view::npos) return "a string is not closed in its line";
    at = end + 1;
    return wrong_string(line.substr(begin + 1, end - begin - 1));
  }
  if (first == '`') return "ferm runs what stands in backticks";
  at = begin + 1;
  if (harmless_marks.find(first) != std::string_view::npos) return {};
  if (first == '@')
    at = end_of(line, at, is_name_character);
  else if (is_word_character(first))
    at = end_of(line, at, is_word_character);
  else
    return fmt::format("\"{}\" is no part of the ferm that is read", printable(line.substr(begin, 1)));
  return wrong_word(line.substr(begin, at - begin));
}

}  // namespace
}  // namespace egressc::readers

namespace egressc {

bool is_harmless_ferm(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  using namespace readers;
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    for (std::size_t at = end_of(line, 0, is_blank); at < line.size() && line[at] != '#';) {
      const std::size_t begin = at;
      if (std::string wrong = read_ferm_token(line, at); !wrong.empty()) {
        diagnostics.error({file, number, static_cast<std::uint32_t>(begin + 1)}, std::move(wrong),
                          "run ferm yourself where that is safe (ferm --remote --domain ip FILE) and give what it "
                          "prints as iptables",
                          std::string(line));
        return false;
      }
      at = end_of(line, at, is_blank);
    }
  }
  return true;
}

}  // namespace egressc
