// The named sets of the nftables dialect.
#pragma once

#include <fmt/core.h>

#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/policy.h"
#include "egressc/ruleset.h"

namespace egressc::backends {

// Whether anything of `rules` lies in `family`: an empty set is not printed, and then no rule may look it up.
bool has_boxes(const SubjectRules& rules, Family family);
bool has_echo(const SubjectRules& rules, Family family);

// Appends the sets of one subject. `live` holds the identifiers that are printed already.
void print_sets(std::string& text, const SubjectRules& rules, std::set<std::string_view>& live);

// The chains of the nftables dialect.

// The chain that tells gids apart, if there is one, and those of the subjects.
void print_group(std::string& text, const UidGroup& group, const std::string& tag);
void print_deny(std::string& text, const Ruleset& ruleset);
// What the base chain goes to.
void print_rules(std::string& text, const Ruleset& ruleset);
// The base chain: one rule, so that it can be switched without a set that would have to be filled meanwhile.
void print_output(std::string& text, const Ruleset& ruleset);

// A verdict map of the nftables dialect.

// "meta KEY vmap { … }" with an entry a line; nothing at all without entries.
class Verdicts {
 public:
  Verdicts(std::string& text, std::string_view key) : text_(text), key_(key) {}

  void add(const std::vector<IdRange>& ids, std::string_view chain) {
    const auto out = std::back_inserter(text_);
    for (const IdRange& range : ids) {
      if (is_first_)
        fmt::format_to(out, "\t\tmeta {} vmap {{\n\t\t\t", key_);
      else
        text_ += ",\n\t\t\t";
      is_first_ = false;
      fmt::format_to(out, "{}", range.first);
      if (range.first != range.last) fmt::format_to(out, "-{}", range.last);
      fmt::format_to(out, " : goto {}", chain);
    }
  }

  void end() {
    if (!is_first_) text_ += "\n\t\t}\n";
  }

 private:
  std::string& text_;
  std::string_view key_;
  bool is_first_ = true;
};

}  // namespace egressc::backends
