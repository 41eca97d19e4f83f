// The words of a text as libnftables 1.0.6 finds them (src/scanner.l): a comment ends with its line, a string at the
// next quotation mark, on whatever line, and neither can begin within a word.
#include <fmt/core.h>

#include <algorithm>

#include "egressc/readers.h"
#include "model/words/text.h"

namespace egressc::readers {
namespace {

struct Harm {
  std::string_view word;
  std::string_view what;
  std::string_view hint;
};
constexpr Harm harms[] = {
    {"include", "nft would read another file, and could print what it finds there",
     "put what it includes in its place: nft -f FILE, and nft list ruleset, on a host where that is safe"},
    {"monitor", "this command of nft does not end", "a ruleset has tables, chains, sets and rules alone"},
};

bool is_nft_word_byte(char c) { return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.' || c == '/'; }

// The place behind what begins at `at` and is no word; `at` itself where a word begins.
std::size_t behind_no_word(std::string_view text, std::size_t at) {
  if (text[at] == '#') return std::min(text.find('\n', at), text.size());
  if (text[at] == '"') {
    const std::size_t end = text.find('"', at + 1);
    return end == text.npos ? at + 1 : end + 1;
  }
  return is_nft_word_byte(text[at]) ? at : at + 1;
}

Location place_of(std::string_view text, std::size_t at, const std::string& file) {
  const std::string_view before = text.substr(0, at);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {file, static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
          static_cast<std::uint32_t>(at - line_start + 1)};
}

}  // namespace
}  // namespace egressc::readers

namespace egressc {

bool is_harmless_nft(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  using namespace readers;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t behind = behind_no_word(text, at); behind != at) {
      at = behind;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && is_nft_word_byte(text[at])) ++at;
    // A number or a mark ends where a letter comes.
    const std::size_t letter = std::min(text.find_first_not_of("0123456789-/", begin), at);
    const std::string_view word = text.substr(letter, at - letter);
    const auto harm =
        std::find_if(std::begin(harms), std::end(harms), [&](const Harm& each) { return each.word == word; });
    if (harm == std::end(harms)) continue;
    diagnostics.error(place_of(text, letter, file), fmt::format("{}: {}", harm->word, harm->what),
                      std::string(harm->hint));
    return false;
  }
  return true;
}

}  // namespace egressc
