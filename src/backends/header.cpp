#include "backends/header.h"

#include <fmt/core.h>

#include <iterator>

#include "egressc/backends.h"
#include "egressc/diagnostics.h"

namespace egressc {

std::string header(const Ruleset& ruleset, std::initializer_list<std::string_view> advice) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "# egressc {}, policy sha256 {}\n", safe_text(ruleset.version), safe_text(ruleset.policy_hash));
  fmt::format_to(out, "# scope {}, mode {}, deny {}, established {}", to_string(ruleset.scope), to_string(ruleset.mode),
                 to_string(ruleset.deny), to_string(ruleset.established));
  for (std::string_view before = ", baseline "; const Baseline word : ruleset.baseline) {
    fmt::format_to(out, "{}{}", before, to_string(word));
    before = " ";
  }
  text += '\n';
  if (!ruleset.note.empty()) fmt::format_to(out, "# {}\n", safe_text(ruleset.note));
  text += "#\n";
  for (const std::string_view line : advice) fmt::format_to(out, "# {}\n", line);
  return text;
}

}  // namespace egressc
