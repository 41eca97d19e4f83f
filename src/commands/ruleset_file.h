// A ruleset file, read by its name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "egressc/filter.h"
#include "egressc/flow_space.h"
#include "egressc/readers.h"

namespace egressc {

struct ReadRuleset {
  std::string file;
  Filter filter;
  FlowSpace universe;  // the flows it speaks of: a ruleset for iptables, those of IPv4
};

// "nftables:", "iptables:", "ip6tables:" or "ferm:" before a path; nullopt for other words.
struct RulesetWord {
  std::string path;
  RulesetDialect dialect = RulesetDialect::iptables;
  std::optional<Family> family;
};
std::optional<RulesetWord> split_ruleset_word(const std::string& word);

// One ruleset, or one for each family. `family`: of iptables text that does not tell. nullopt: errors were added.
std::optional<std::vector<ReadRuleset>> read_rulesets(std::string_view text, const std::string& name,
                                                      RulesetDialect dialect, std::optional<Family> family,
                                                      Diagnostics& diagnostics);

}  // namespace egressc
