// The keywords of one ferm rule.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "readers/xtables_rule.h"

namespace egressc::readers {

// A keyword, or what stands where a keyword's values do: several in parentheses.
struct FermWord {
  std::vector<std::string_view> values;
  bool is_text = false;  // it was quoted, or in parentheses: no keyword
};

// What cannot be read, or "".
std::string read_ferm_rule(std::span<const FermWord> words, RuleBuilder& rule);

}  // namespace egressc::readers
