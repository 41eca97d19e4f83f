// As add_param_to_argv() of iptables' xshared.c does it.
#include "readers/iptables_line.h"

namespace egressc::readers {
namespace {

constexpr std::size_t restore_buffer = 10240;  // iptables-restore takes a longer line for two

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string_view split_words(std::string_view line, std::vector<Word>& words) {
  words.clear();
  if (line.size() + 2 > restore_buffer) return "the line is longer than iptables-restore reads";
  if (line.starts_with('#')) return {};
  if (line.find('\0') != std::string_view::npos) return "a NUL byte ends the line for iptables-restore";
  if (!line.empty() && line.back() == '\r') return "iptables-restore refuses lines that end in CR LF";
  for (std::size_t at = 0; at < line.size();) {
    if (is_blank(line[at])) {
      ++at;
      continue;
    }
    const bool quoted = line[at] == '"';
    const std::size_t begin = quoted ? at + 1 : at;
    std::size_t end = begin;
    if (quoted) {
      while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
      if (end >= line.size()) return "a quotation mark is not closed";
      at = end + 1;
    } else {
      while (end < line.size() && !is_blank(line[end])) ++end;
      at = end;
    }
    const std::string_view text = line.substr(begin, end - begin);
    if (!quoted && text.find('"') != std::string_view::npos) return "a quotation mark stands inside a word";
    words.push_back({text, quoted});
  }
  return {};
}

}  // namespace egressc::readers
