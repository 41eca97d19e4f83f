#include <algorithm>
#include <array>

#include "model/words/text.h"
#include "sources/envelope/text.h"
#include "sources/netfilter/packet.h"

namespace egressc::sources {
namespace {

constexpr std::array<std::string_view, 13> words_of_denial = {
    "denied",  "deny",       "refused", "refuse", "rejected", "reject", "discarded",
    "discard", "prohibited", "blocked", "block",  "dropped",  "drop"};

// Messages of the kernel that quote what a user chose: mount options and paths of the file systems that may be mounted
// in a user namespace, names of control groups and of programs.
constexpr std::array<std::string_view, 18> quoting_messages = {
    "overlayfs: ", "overlay: ", "tmpfs: ",    "ramfs: ",        "fuse: ",    "proc: ",
    "sysfs: ",     "mqueue: ",  "devpts: ",   "bpf: ",          "cgroup: ",  "cgroup2: ",
    "oom-kill:",   "Task in /", "Tasks in /", "Memory cgroup ", "process '", "binfmt_misc: "};

// A byte of a letter beyond ASCII is part of a word.
bool is_part_of_word(char c) { return is_letter_or_digit(c) || static_cast<unsigned char>(c) >= 0x80; }

// A whole word, or the tag that OpenWrt and EdgeOS give their rules, "[wan-lan-default-D]". TRACE names the chain in
// which a packet is, and says nothing of what becomes of it.
bool speaks_of_denial(std::string_view prefix) {
  if (prefix.starts_with("TRACE: ")) return false;
  for (std::size_t begin = 0; begin < prefix.size(); ++begin) {
    std::size_t end = begin;
    while (end < prefix.size() && is_part_of_word(prefix[end])) ++end;
    const std::string_view word = prefix.substr(begin, end - begin);
    if (std::any_of(words_of_denial.begin(), words_of_denial.end(),
                    [&](std::string_view denial) { return equals_lower(word, denial); }))
      return true;
    begin = end;
  }
  while (prefix.ends_with(' ')) prefix.remove_suffix(1);
  return prefix.ends_with("-D]") || prefix.ends_with("-R]");
}

// The size of the longest that `prefix` begins with.
std::size_t longest_of(const std::vector<std::string>& beginnings, std::string_view prefix) {
  std::size_t longest = 0;
  for (const std::string& beginning : beginnings)
    if (prefix.starts_with(beginning)) longest = std::max(longest, beginning.size());
  return longest;
}

}  // namespace

bool is_denial(std::string_view prefix, const ParseContext& context) {
  const std::size_t denied = longest_of(context.denied_prefixes, prefix);
  const std::size_t allowed = longest_of(context.allowed_prefixes, prefix);
  return denied != allowed ? denied > allowed : speaks_of_denial(prefix);
}

bool has_tag(std::string_view prefix, const ParseContext& context) { return longest_of(context.tags, prefix) != 0; }

std::string_view wrong_prefix(std::string_view prefix) {
  if (prefix.size() > longest_prefix) return "a packet behind more text than a prefix can be";
  if (prefix.find_first_of("\n\r") != prefix.npos || prefix.find("#012") != prefix.npos ||
      prefix.find("\\n") != prefix.npos || prefix.find("\\x0a") != prefix.npos)
    return message_of_several_lines;
  const bool is_quote = std::any_of(quoting_messages.begin(), quoting_messages.end(),
                                    [&](std::string_view message) { return prefix.starts_with(message); });
  return is_quote ? "a packet within another message of the kernel" : "";
}

}  // namespace egressc::sources
