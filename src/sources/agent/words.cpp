
#include "sources/agent/fields.h"
#include "sources/agent/scanner.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

struct WordTexts {
  Word word;
  std::string_view texts;  // parted by blanks
};

constexpr WordTexts word_texts[] = {
    {Word::connect, "connect connected connecting connection connections reconnecting"},
    {Word::to, "to"},
    {Word::filler, "the host proxy server remote address upstream database"},
    {Word::trying, "dial trying dialing resolving"},
    {Word::failed, "etimedout econnreset enetunreach econnrefused ehostunreach eaddrnotavail"},
    {Word::refused, "eacces eperm"},
    {Word::lookup, "lookup"},
    {Word::not_found, "enotfound eai_again"},
    {Word::port, "port"},
    {Word::reply, "reply"},
    {Word::is, "is"},
    {Word::tcp, "tcp tcp4 tcp6"},
    {Word::udp, "udp udp4 udp6"},
    {Word::serving, "bind bound listen running serving accepted listening"},
    {Word::on, "at on"},
    {Word::from, "from"},
    {Word::asking, "packet question accept login"},
    {Word::local, "local"},
    {Word::denied, "blocked blocking denied denying disallowed prohibited"},
    {Word::method, "get post put head patch delete options"},
    {Word::using_, "fetch fetching fetched download downloading request requesting calling cloning pulling pushing"},
    {Word::pointer, "see visit docs details information documentation homepage license"},
    {Word::tunnel, "tunnel"},
    {Word::call, "sendto sendmsg sendmmsg socket"},
    {Word::data, "read write recvfrom recvmsg readv writev send pread64 pwrite64"},
};

constexpr std::size_t longest = 13;

// The words by their length, and the first letters of those of one length, a bit each: most words of a log end there.
struct WordTable {
  struct Entry {
    std::string_view text;
    Word word = Word::none;
  };
  struct Range {
    std::size_t first = 0;
    std::size_t last = 0;
    std::uint32_t letters = 0;
  };
  std::array<Entry, 128> entries{};
  std::array<Range, longest + 1> ranges{};
};

constexpr WordTable make_table() {
  WordTable table;
  std::size_t count = 0;
  for (std::size_t size = 2; size <= longest; ++size) {
    WordTable::Range& range = table.ranges[size];
    range.first = count;
    for (auto [word, texts] : word_texts)
      while (!texts.empty())
        if (const std::string_view text = take_word(texts); text.size() == size) {
          table.entries[count++] = {text, word};
          range.letters |= 1U << (text[0] - 'a');
        }
    range.last = count;
  }
  return table;
}

constexpr std::string_view source_suffixes[] = {
    "c",   "cc",  "cpp", "cxx",  "h",  "hh",  "hpp",   "hxx",   "go",    "py",  "rs",   "js",      "mjs",  "cjs",
    "ts",  "tsx", "jsx", "java", "kt", "rb",  "php",   "cs",    "lua",   "sh",  "pl",   "ex",      "exs",  "erl",
    "hs",  "ml",  "m",   "mm",   "s",  "sql", "html",  "css",   "xml",   "yml", "yaml", "json",    "toml", "conf",
    "cfg", "ini", "txt", "log",  "md", "vue", "proto", "swift", "scala", "zig", "lock", "service",
};

// "Permission denied" is what a server answers to a login.
bool is_login(std::string_view word) {
  return equals_lower(word, "permission") || equals_lower(word, "access") || equals_lower(word, "authentication");
}

}  // namespace

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

Word find_word(std::string_view text) {
  static constexpr WordTable table = make_table();
  if (text.size() < 2 || text.size() > longest) return Word::none;
  const WordTable::Range& range = table.ranges[text.size()];
  const auto letter = static_cast<unsigned char>(to_lower(text[0]) - 'a');
  if (letter >= 26 || (range.letters >> letter & 1) == 0) return Word::none;
  for (std::size_t i = range.first; i < range.last; ++i)
    if (const auto& [known, word] = table.entries[i]; to_lower(text[0]) == known[0] && equals_lower(text, known))
      return word;
  return Word::none;
}

std::string_view denied_by(std::string_view text) {
  constexpr std::size_t most = 256;
  text = text.substr(0, most);
  if (text.find("TCP_DENIED") != text.npos || text.find("UDP_DENIED") != text.npos) return "denied by squid";
  if (text.starts_with("rbac_access_denied") || text.starts_with("ext_authz_denied")) return "denied by envoy";
  bool denied = false, sandbox = false;
  std::string_view last;
  for (std::size_t start = 0; start < text.size();) {
    std::size_t end = start;
    while (end != text.size() && is_letter(text[end])) ++end;
    const std::string_view word = text.substr(start, end - start);
    if (find_word(word) == Word::denied && !is_login(last)) denied = true;
    sandbox = sandbox || (word.size() >= 7 && equals_lower(word.substr(0, 7), "sandbox"));
    if (!word.empty()) last = word;
    start = end + 1;
  }
  if (!denied) return {};
  return sandbox ? denied_by_sandbox : denied_in_words;
}

bool is_accepting(std::string_view text) {
  constexpr std::size_t most = 64;
  static constexpr std::string_view accepts[] = {"accept", "accepted", "accepting", "incoming", "inbound", "connected"};
  static constexpr std::string_view others[] = {"connection", "conn",   "tcp",  "inet", "csk",  "socket", "sys",
                                                "new",        "client", "from", "peer", "exit", "enter",  "x"};
  if (text.size() > most) return false;
  bool accepts_one = false, client = false, connected = false;
  for (std::size_t start = 0; start < text.size();) {
    std::size_t end = start;
    while (end != text.size() && is_letter(text[end])) ++end;
    const std::string_view word = text.substr(start, end - start);
    start = end + 1;
    if (word.empty()) continue;
    const auto is_it = [&](std::string_view known) { return equals_lower(word, known); };
    if (std::any_of(std::begin(accepts), std::end(accepts), is_it)) {
      connected = connected || is_it("connected");
      accepts_one = true;
    } else if (std::any_of(std::begin(others), std::end(others), is_it)) {
      client = client || is_it("client");
    } else {
      return false;
    }
  }
  return accepts_one && (!connected || client);
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
