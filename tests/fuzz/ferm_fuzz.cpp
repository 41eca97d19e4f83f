// Any bytes as ferm text: errors with a line, or a filter; and what may be given to ferm holds nothing that runs.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "egressc/flow_space.h"
#include "egressc/readers.h"

namespace {

using namespace egressc;

void require(bool holds) {
  if (!holds) std::abort();
}

void read(std::string_view text, Family family) {
  Diagnostics diagnostics;
  const auto filter = read_ferm(text, "input", family, diagnostics);
  require(filter.has_value() != diagnostics.has_errors());
  for (const Diagnostic& error : diagnostics.all()) require(error.where.line != 0);
  if (!filter) return;
  const Meaning meaning = evaluate(*filter, possible_flows());
  require((meaning.least - meaning.most).empty());
  require(!meaning.undecided.empty() || meaning.least == meaning.most);
}

// A backtick stands in comments alone: the first mark of its line that is not in a string is "#".
void require_harmless(std::string_view text) {
  bool in_comment = false;
  char quote = 0;
  for (const char c : text) {
    require(c != '`' || in_comment);
    if (c == '\n') {
      require(quote == 0);
      in_comment = false;
    } else if (!in_comment && quote != 0) {
      quote = c == quote ? 0 : quote;
    } else if (!in_comment) {
      in_comment = c == '#';
      quote = c == '"' || c == '\'' ? c : 0;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Whatever FlowSpace has room for.
  (void)within_flow_limit([&] {
    read(text, Family::ipv4);
    read(text, Family::ipv6);
    return true;
  });
  Diagnostics diagnostics;
  const bool harmless = is_harmless_ferm(text, "input", diagnostics);
  require(harmless != diagnostics.has_errors());
  for (const Diagnostic& error : diagnostics.all()) require(error.where.line != 0 && error.where.column != 0);
  if (harmless) require_harmless(text);
  return 0;
}
