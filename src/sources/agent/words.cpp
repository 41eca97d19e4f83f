#include <array>

#include "sources/agent/fields.h"
#include "sources/agent/scanner.h"
#include "sources/envelope/text.h"

namespace egressc::sources {

// ECMA-48: CSI is ESC [ with parameters and a final byte of 0x40..0x7e; OSC, DCS and their like are strings up to BEL
// or ST; any other sequence is two bytes. One that is not complete ends with the line.
void Tokens::skip_escape() {
  if (++at_ == end_) return;
  const char introducer = *at_++;
  if (introducer == '[') {
    while (at_ != end_ && *at_ >= 0x20 && *at_ < 0x40) ++at_;
    if (at_ != end_ && *at_ >= 0x40 && *at_ < 0x7f) ++at_;
  } else if (introducer == ']' || introducer == 'P' || introducer == 'X' || introducer == '^' || introducer == '_') {
    while (at_ != end_ && *at_ != '\a' && *at_ != '\x1b') ++at_;
    if (at_ != end_ && *at_ == '\a') ++at_;
  } else if (introducer == '\x1b') {
    --at_;
  }
}

namespace {

struct WordEntry {
  std::string_view text;
  Word word;
};

// By length.
constexpr WordEntry word_entries[] = {
    {"to", Word::to},
    {"at", Word::on},
    {"is", Word::is},
    {"on", Word::on},
    {"the", Word::filler},
    {"tcp", Word::tcp},
    {"udp", Word::udp},
    {"host", Word::filler},
    {"dial", Word::trying},
    {"port", Word::port},
    {"tcp4", Word::tcp},
    {"tcp6", Word::tcp},
    {"udp4", Word::udp},
    {"udp6", Word::udp},
    {"bind", Word::serving},
    {"from", Word::from},
    {"proxy", Word::filler},
    {"reply", Word::reply},
    {"bound", Word::serving},
    {"server", Word::filler},
    {"remote", Word::filler},
    {"trying", Word::trying},
    {"lookup", Word::lookup},
    {"listen", Word::serving},
    {"connect", Word::connect},
    {"address", Word::filler},
    {"dialing", Word::trying},
    {"running", Word::serving},
    {"serving", Word::serving},
    {"upstream", Word::filler},
    {"database", Word::filler},
    {"accepted", Word::serving},
    {"connected", Word::connect},
    {"resolving", Word::trying},
    {"etimedout", Word::trying},
    {"enotfound", Word::not_found},
    {"eai_again", Word::not_found},
    {"listening", Word::serving},
    {"connecting", Word::connect},
    {"connection", Word::connect},
    {"econnreset", Word::trying},
    {"connections", Word::connect},
    {"enetunreach", Word::trying},
    {"reconnecting", Word::connect},
    {"econnrefused", Word::trying},
    {"ehostunreach", Word::trying},
};

constexpr std::size_t longest = 12;

// The entries of one length, and the first letters of these, a bit each: most words of a log end there.
struct Range {
  std::uint8_t first = 0;
  std::uint8_t last = 0;
  std::uint32_t letters = 0;
};

constexpr std::array<Range, longest + 1> make_ranges() {
  std::array<Range, longest + 1> ranges{};
  std::uint8_t index = 0;
  for (const WordEntry& entry : word_entries) {
    Range& range = ranges[entry.text.size()];
    if (range.letters == 0) range.first = index;
    range.last = ++index;
    range.letters |= 1U << (entry.text[0] - 'a');
  }
  return ranges;
}

constexpr std::string_view source_suffixes[] = {
    "c",   "cc",  "cpp", "cxx",  "h",  "hh",  "hpp",   "hxx",   "go",    "py",  "rs",   "js",      "mjs",  "cjs",
    "ts",  "tsx", "jsx", "java", "kt", "rb",  "php",   "cs",    "lua",   "sh",  "pl",   "ex",      "exs",  "erl",
    "hs",  "ml",  "m",   "mm",   "s",  "sql", "html",  "css",   "xml",   "yml", "yaml", "json",    "toml", "conf",
    "cfg", "ini", "txt", "log",  "md", "vue", "proto", "swift", "scala", "zig", "lock", "service",
};

}  // namespace

Word find_word(std::string_view text) {
  static constexpr auto ranges = make_ranges();
  if (text.size() < 2 || text.size() > longest) return Word::none;
  const Range& range = ranges[text.size()];
  const auto letter = static_cast<unsigned char>(to_lower(text[0]) - 'a');
  if (letter >= 26 || (range.letters >> letter & 1) == 0) return Word::none;
  for (std::size_t i = range.first; i < range.last; ++i)
    if (to_lower(text[0]) == word_entries[i].text[0] && equals_lower(text, word_entries[i].text))
      return word_entries[i].word;
  return Word::none;
}

bool is_source_file(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos) return false;
  for (const std::string_view suffix : source_suffixes)
    if (equals_lower(name.substr(dot + 1), suffix)) return true;
  return false;
}

std::string_view without_end(std::string_view text) {
  while (!text.empty() && std::string_view(".:!?*").find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  return text;
}

}  // namespace egressc::sources
