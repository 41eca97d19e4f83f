#include "intake/policy_file.h"

#include <fmt/core.h>

#include <algorithm>

#include "egressc/readers.h"
#include "egressc/sources.h"
#include "intake/input_words.h"
#include "model/words/text.h"
#include "support/heap.h"
#include "support/passwd.h"

namespace egressc::intake {
namespace {

constexpr std::size_t largest_policy = std::size_t{64} << 20;

// Bytes that a policy of short entries becomes for each of its text.
constexpr std::size_t most_used = 14;

constexpr std::size_t largest_passwd = std::size_t{16} << 20;

void refuse_log(const std::string& path, std::string_view format, std::string_view command, Diagnostics& diagnostics) {
  diagnostics.error(
      {path, 0, 0}, fmt::format("this is a log ({}): {} takes a policy that somebody has read", format, command),
      fmt::format("egressc compile --to policy -o policy.yaml {}:{}, read it, and: egressc {} policy.yaml", format,
                  printable(path, 4096), command));
}

}  // namespace
}  // namespace egressc::intake

namespace egressc {

bool looks_like_policy(std::string_view head) {
  head = without_byte_order_mark(head);
  while (!head.empty()) {
    std::string_view line = take_line(head);
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
  auto text = input.rest(intake::largest_policy);
  if (!text) return text.failure();
  const HeapAhead memory(intake::most_used * text->size());
  auto policy = read_policy(*text, name, users, diagnostics);
  if (!policy) return std::optional<PolicyFile>();
  return std::optional(PolicyFile{name, std::move(*text), std::move(*policy)});
}

Result<std::optional<PolicyFile>> read_policy_file(const std::string& word, const UserIds* users,
                                                   Diagnostics& diagnostics) {
  constexpr std::string_view format = "policy:";
  if (word.starts_with(format) && intake::is_file_of_whole_name(word, diagnostics)) return std::optional<PolicyFile>();
  const std::string path = word.starts_with(format) ? word.substr(format.size()) : word;
  if (path.empty()) {
    diagnostics.error({}, fmt::format("\"{}\" names no file", word), "a policy file, or - for standard input");
    return std::optional<PolicyFile>();
  }
  auto input = LineInput::open(path, FileKind::regular);
  if (!input) return input.failure();
  return read_policy_file(std::move(*input), path == "-" ? "stdin" : path, users, diagnostics);
}

Result<std::optional<PolicyFile>> read_reviewed_policy(const std::string& word, std::string_view command,
                                                       const UserIds* users, Diagnostics& diagnostics) {
  const std::string prefix = word.substr(0, word.find(':') == word.npos ? 0 : word.find(':'));
  if (find_source_format(prefix) != nullptr) {
    intake::refuse_log(word.substr(prefix.size() + 1), prefix, command, diagnostics);
    return std::optional<PolicyFile>();
  }
  const bool says_policy = prefix == "policy";
  if (says_policy && intake::is_file_of_whole_name(word, diagnostics)) return std::optional<PolicyFile>();
  const std::string path = says_policy ? word.substr(prefix.size() + 1) : word;
  if (path.empty()) return read_policy_file(word, users, diagnostics);
  auto input = LineInput::open(path, FileKind::regular);
  if (!input) return input.failure();
  const std::string name = path == "-" ? "stdin" : path;
  if (says_policy || looks_like_policy(input->head()))
    return read_policy_file(std::move(*input), name, users, diagnostics);
  if (const SourceFormat* format = sniff(input->head());
      format != nullptr && format->sniff(input->head()) >= sure_share) {
    intake::refuse_log(name, format->name, command, diagnostics);
    return std::optional<PolicyFile>();
  }
  if (sniff_ruleset(input->head())) {
    diagnostics.error({name, 0, 0},
                      fmt::format("this is a ruleset: {} takes the policy that it was compiled from", command),
                      "a ruleset is loaded by the program of its dialect; its first lines say how");
    return std::optional<PolicyFile>();
  }
  return read_policy_file(std::move(*input), name, users, diagnostics);
}

UserIds host_users() {
  const auto text = read_text("/etc/passwd", intake::largest_passwd);
  Diagnostics ignored;  // a line of the host's that is no user says nothing of the policy
  return text ? parse_name_ids(*text, "/etc/passwd", ignored) : UserIds{};
}

Result<UserIds> users_of(const std::optional<std::string>& passwd, Diagnostics& diagnostics) {
  return passwd ? read_name_ids(*passwd, diagnostics) : host_users();
}

}  // namespace egressc
