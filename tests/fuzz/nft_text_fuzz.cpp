// Any bytes as an nftables text: errors with a place in the text, or a filter that lets no flow surely pass that
// cannot.
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  // Whatever FlowSpace has room for.
  (void)within_flow_limit([&] {
    const auto filter = read_nftables(text, "input", diagnostics);
    require(filter.has_value() != diagnostics.has_errors());
    diagnostics.render(true);
    for (const Diagnostic& error : diagnostics.all()) require(error.where.line != 0 && error.where.column != 0);
    if (!filter) return true;
    const Meaning meaning = evaluate(*filter, possible_flows());
    require((meaning.least - meaning.most).empty());
    require(!meaning.undecided.empty() || meaning.least == meaning.most);
    return true;
  });
  return 0;
}
