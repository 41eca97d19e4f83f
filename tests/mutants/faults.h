// Deliberate faults in a backend: what the verification of `egressc compile` has to notice.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/ruleset.h"

namespace egressc::mutants {

// What a printer would do wrong with the ruleset it is given. Only what lies in `family` is touched, where a fault can
// be told by family at all. Without a place for it a fault does nothing, and the test has to say so.
struct RulesetFault {
  std::string_view name;
  void (*apply)(Ruleset& ruleset, Family family);
};

std::span<const RulesetFault> ruleset_faults();

// What a printer would write wrong. `text` is of the dialect, as its true printer writes it. An unknown name changes
// nothing.
std::vector<std::string_view> text_faults();
std::string with_text_fault(std::string_view name, std::string_view dialect, Family family, std::string text);

}  // namespace egressc::mutants
