#include "commands/reviewed_policy.h"

#include <fmt/format.h>

#include <utility>

#include "commands/inputs.h"
#include "egressc/sources.h"

namespace egressc {
namespace {

void refuse_log(const std::string& word, const std::string& trusted, Diagnostics& diagnostics) {
  diagnostics.error(
      {}, fmt::format("\"{}\" is a log, and this takes a policy that was reviewed", word),
      fmt::format("egressc compile --to policy -o policy.yaml {}; review policy.yaml and give that", trusted));
}

}  // namespace

Result<std::optional<PolicyFile>> read_reviewed_policy(const std::string& word, const UserIds* users,
                                                       Diagnostics& diagnostics) {
  const std::size_t colon = word.find(':');
  if (colon != word.npos && find_source_format(word.substr(0, colon)) != nullptr) {
    refuse_log(word, word, diagnostics);
    return std::optional<PolicyFile>();
  }
  if (word.empty() || word.starts_with("policy:")) return read_policy_file(word, users, diagnostics);
  auto input = LineInput::open(word);
  if (!input) return input.failure();
  const SourceFormat* const format = looks_like_policy(input->head()) ? nullptr : sniff(input->head());
  if (format != nullptr) {
    refuse_log(word, fmt::format("{}:{}", format->name, word), diagnostics);
    return std::optional<PolicyFile>();
  }
  return read_policy_file(std::move(*input), word == "-" ? "stdin" : word, users, diagnostics);
}

}  // namespace egressc
