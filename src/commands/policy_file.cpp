#include "commands/policy_file.h"

#include <fmt/format.h>

namespace egressc {
namespace {

constexpr std::size_t largest_policy = std::size_t{64} << 20;

}  // namespace

Result<std::optional<PolicyFile>> read_policy_file(LineInput input, const std::string& name, const UserIds* users,
                                                   Diagnostics& diagnostics) {
  auto text = input.rest(largest_policy);
  if (!text) return text.failure();
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
