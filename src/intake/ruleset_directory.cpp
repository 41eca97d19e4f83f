#include <fmt/core.h>

#include <utility>

#include "intake/input_words.h"
#include "intake/operand.h"
#include "model/words/words.h"
#include "prove/dialects.h"

namespace egressc::intake {
namespace {

struct Words {
  std::vector<std::string> exact;     // each a whole policy: the pair for iptables is one
  std::vector<std::string> resolved;  // with what a resolver makes of its names, which may be more
};

Words words_in(const std::string& path) {
  const auto word_of = [&](std::string_view dialect, std::string_view prefix) {
    const std::string file = fmt::format("{}/{}", path, find_dialect(dialect)->file_name);
    return exists(file) ? fmt::format("{}:{}", prefix, file) : std::string();
  };
  Words words;
  const auto add = [](std::vector<std::string>& to, std::initializer_list<std::string> parts) {
    std::string word;
    for (const std::string& part : parts) add_part(word, part, ",");
    if (!word.empty()) to.push_back(std::move(word));
  };
  if (const std::string policy = path + "/policy.yaml"; exists(policy)) words.exact.push_back("policy:" + policy);
  const std::string nftables = word_of("nftables", "nftables");
  const std::string v4 = word_of("iptables-restore", "iptables-restore");
  const std::string v6 = word_of("ip6tables-restore", "ip6tables-restore");
  const std::string ferm = word_of("ferm", "ferm");
  const std::string sets = word_of("ipset", "ipset");
  add(words.exact, {nftables});
  if (!v4.empty() || !v6.empty()) add(words.exact, {v4, v6, sets});
  if (!ferm.empty()) add(words.exact, {ferm, sets});
  const std::string told = word_of("dnsmasq", "dnsmasq-conf");
  const std::string told_ipset = word_of("dnsmasq-ipset", "dnsmasq-conf");
  if (!nftables.empty() && !told.empty()) add(words.resolved, {nftables, told});
  if ((!v4.empty() || !v6.empty()) && !told_ipset.empty()) add(words.resolved, {v4, v6, sets, told_ipset});
  return words;
}

// Reads each; an error for one that does not say what the first does. The first.
Result<std::optional<Operand>> read_equal(const std::string& path, const std::vector<std::string>& words,
                                          const OperandContext& context, Diagnostics& diagnostics) {
  std::optional<Operand> first;
  std::optional<Side> first_side;
  for (const std::string& word : words) {
    auto read = read_operand(word, context, diagnostics);
    if (!read || !*read) return read;
    Side side = side_of(**read, *context.markers);
    if (!first) {
      first = std::move(*read);
      first_side = std::move(side);
    } else if (!compare_sides(*first_side, side).empty()) {
      diagnostics.error({path, 0, 0}, fmt::format("{} and {} do not say the same", first->name, word),
                        fmt::format("egressc diff {} {} shows it", first->name, word));
    }
  }
  return first;
}

}  // namespace

Result<std::optional<Operand>> read_ruleset_directory(const std::string& path, const OperandContext& context,
                                                      Diagnostics& diagnostics) {
  const Words words = words_in(path);
  auto exact = read_equal(path, words.exact, context, diagnostics);
  if (!exact) return exact;
  auto resolved = read_equal(path, words.resolved, context, diagnostics);
  if (!resolved) return resolved;
  if (words.exact.empty())
    diagnostics.error({path, 0, 0}, "there is nothing in this directory that compile --to all writes",
                      "name a file: policy.yaml, or a ruleset");
  if (diagnostics.has_errors()) return std::optional<Operand>();
  return words.resolved.empty() ? exact : resolved;
}

}  // namespace egressc::intake
