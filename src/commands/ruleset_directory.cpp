#include "commands/ruleset_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>
#include <vector>

#include "egressc/backends.h"

namespace egressc {
namespace {

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

// The words that name what is in the directory, each a whole policy: the pair for iptables is one.
std::vector<std::string> words_in(const std::string& path) {
  std::vector<std::string> words;
  if (const std::string policy = path + "/policy.yaml"; exists(policy)) words.push_back("policy:" + policy);
  std::string pair;
  for (const Backend& backend : backends()) {
    const std::string file = fmt::format("{}/{}", path, backend.file_name);
    if (!exists(file)) continue;
    std::string word = fmt::format("{}:{}", backend.name, file);
    if (!backend.name.starts_with("ip"))
      words.push_back(std::move(word));
    else
      pair += (pair.empty() ? "" : ",") + word;
  }
  if (!pair.empty()) words.push_back(std::move(pair));
  return words;
}

}  // namespace

Result<std::optional<Operand>> read_ruleset_directory(const std::string& path, const OperandContext& context,
                                                      Diagnostics& diagnostics) {
  std::optional<Operand> first;
  std::optional<Side> first_side;
  const std::vector<std::string> words = words_in(path);
  for (const std::string& word : words) {
    auto read = read_operand(word, context, diagnostics);
    if (!read || !*read) return read;
    Side side = side_of(**read, *context.markers);
    if (!first) {
      first = std::move(*read);
      first_side = std::move(side);
    } else if (!compare(*first_side, side).empty()) {
      diagnostics.error({path, 0, 0}, fmt::format("{} and {} do not say the same", first->name, word),
                        fmt::format("egressc diff {} {} shows it", first->name, word));
    }
  }
  if (!first)
    diagnostics.error({path, 0, 0}, "there is nothing in this directory that compile --to all writes",
                      "name a file: policy.yaml, or a ruleset");
  if (diagnostics.has_errors()) return std::optional<Operand>();
  return first;
}

}  // namespace egressc
