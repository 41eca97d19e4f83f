#include "intake/policy_file.h"

#include <fmt/core.h>

#include <algorithm>

#include "support/heap.h"

namespace egressc {
namespace {

constexpr std::size_t largest_policy = std::size_t{64} << 20;

// Bytes that a policy of short entries becomes for each of its text.
constexpr std::size_t most_used = 14;

}  // namespace

bool looks_like_policy(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 1, head.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#') || line == "---") continue;
    if (line.starts_with("egressc:") || line.starts_with("\"egressc\":")) return true;
    if (!line.starts_with('{')) return false;
    const std::size_t first = line.find_first_not_of(" {");
    if (first != line.npos) return line.substr(first).starts_with("\"egressc\"");
    // "{" alone: JSON as we print it, with the key on the next line
    const std::size_t key = head.find_first_not_of(" \r\n");
    return key != head.npos && head.substr(key).starts_with("\"egressc\"");
  }
  return false;
}

Result<std::optional<PolicyFile>> read_policy_file(LineInput input, const std::string& name, const UserIds* users,
                                                   Diagnostics& diagnostics) {
  auto text = input.rest(largest_policy);
  if (!text) return text.failure();
  const HeapAhead memory(most_used * text->size());
  auto policy = read_policy(*text, name, users, diagnostics);
  if (!policy) return std::optional<PolicyFile>();
  return std::optional(PolicyFile{name, std::move(*text), std::move(*policy)});
}

Result<std::optional<PolicyFile>> read_policy_file(const std::string& word, const UserIds* users,
                                                   Diagnostics& diagnostics) {
  constexpr std::string_view format = "policy:";
  const std::string path = word.starts_with(format) ? word.substr(format.size()) : word;
  if (path.empty()) {
    diagnostics.error({}, fmt::format("\"{}\" names no file", word), "a policy file, or - for standard input");
    return std::optional<PolicyFile>();
  }
  auto input = LineInput::open(path);
  if (!input) return input.failure();
  return read_policy_file(std::move(*input), path == "-" ? "stdin" : path, users, diagnostics);
}

}  // namespace egressc
