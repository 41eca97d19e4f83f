#include <fmt/core.h>

#include <iterator>
#include <set>

#include "backends/header.h"
#include "backends/nft_chains.h"
#include "backends/nft_sets.h"
#include "egressc/backends.h"
#include "egressc/diagnostics.h"

namespace egressc {

std::string table_comment(const Ruleset& ruleset) {
  return fmt::format("egressc {} policy sha256 {}", safe_text(ruleset.version).substr(0, 32),
                     safe_text(ruleset.policy_hash).substr(0, 64));
}

std::string print_nftables(const Ruleset& ruleset) {
  std::string text = header(ruleset, {"Load:   nft --check --file policy.nft && nft --file policy.nft",
                                      "        One transaction; it replaces the table inet egressc and nothing else.",
                                      "Remove: nft delete table inet egressc"});
  text += "add table inet egressc\ndelete table inet egressc\ntable inet egressc {\n";
  std::set<std::string_view> live;
  for (const UidGroup& group : ruleset.groups)
    for (const SubjectRules& rules : group.subjects) nft::print_sets(text, rules, live);
  for (const UidGroup& group : ruleset.groups) nft::print_group(text, group, ruleset.tag);
  nft::print_deny(text, ruleset);
  nft::print_rules(text, ruleset);
  nft::print_output(text, ruleset);
  text += "}\n";
  return text;
}

}  // namespace egressc
