// Any bytes as an iptables-save text, of each family: errors with a line, or a filter that lets no flow surely pass
// that cannot.
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
  const auto filter = read_iptables(text, "input", family, diagnostics);
  require(filter.has_value() != diagnostics.has_errors());
  diagnostics.render(true);
  for (const Diagnostic& error : diagnostics.all()) require(error.where.line != 0);
  if (!filter) return;
  const Meaning meaning = evaluate(*filter, possible_flows());
  require((meaning.least - meaning.most).empty());
  require(!meaning.undecided.empty() || meaning.least == meaning.most);
  for (const Undecided& rule : meaning.undecided) require(rule.where.line != 0 && !rule.why.empty());
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
  family_of_iptables(text);
  sniff_ruleset(text);
  return 0;
}
