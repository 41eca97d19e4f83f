#include "intake/reviewed_policy.h"

#include <fmt/core.h>

#include "egressc/readers.h"
#include "egressc/sources.h"
#include "support/input.h"
#include "support/passwd.h"

namespace egressc {
namespace {

constexpr int sure = 50;  // of SourceFormat::sniff
constexpr std::size_t largest_passwd = std::size_t{16} << 20;

void refuse_log(const std::string& path, std::string_view format, std::string_view command, Diagnostics& diagnostics) {
  diagnostics.error(
      {path, 0, 0}, fmt::format("this is a log ({}): {} takes a policy that somebody has read", format, command),
      fmt::format("egressc compile --to policy -o policy.yaml {}:{}, read it, and: egressc {} policy.yaml", format,
                  printable(path, 4096), command));
}

}  // namespace

Result<std::optional<PolicyFile>> read_reviewed_policy(const std::string& word, std::string_view command,
                                                       const UserIds* users, Diagnostics& diagnostics) {
  const std::string prefix = word.substr(0, word.find(':') == word.npos ? 0 : word.find(':'));
  if (find_source_format(prefix) != nullptr) {
    refuse_log(word.substr(prefix.size() + 1), prefix, command, diagnostics);
    return std::optional<PolicyFile>();
  }
  const bool says_policy = prefix == "policy";
  const std::string path = says_policy ? word.substr(prefix.size() + 1) : word;
  if (path.empty()) return read_policy_file(word, users, diagnostics);
  auto input = LineInput::open(path);
  if (!input) return input.failure();
  const std::string name = path == "-" ? "stdin" : path;
  if (says_policy || looks_like_policy(input->head()))
    return read_policy_file(std::move(*input), name, users, diagnostics);
  if (const SourceFormat* format = sniff(input->head()); format != nullptr && format->sniff(input->head()) >= sure) {
    refuse_log(name, format->name, command, diagnostics);
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
  const auto text = read_text("/etc/passwd", largest_passwd);
  Diagnostics ignored;  // a line of the host's that is no user says nothing of the policy
  return text ? parse_name_ids(*text, "/etc/passwd", ignored) : UserIds{};
}

}  // namespace egressc
