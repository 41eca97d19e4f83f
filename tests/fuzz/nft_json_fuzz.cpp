// Any bytes as a listing of nft: errors, or a filter that lets no flow surely pass that cannot; errors, or counters.
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "egressc/flow_space.h"
#include "egressc/readers.h"
#include "model/values/counters.h"

namespace {

using namespace egressc;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Diagnostics complaints;
  const auto counts = read_table_counts(text, "input", complaints);
  require(counts.has_value() != complaints.has_errors());
  Diagnostics diagnostics;
  try {
    const auto filter = read_nftables_json(text, "input", diagnostics);
    require(filter.has_value() != diagnostics.has_errors());
    diagnostics.render(true);
    if (!filter) return 0;
    for (const FilterChain& chain : filter->chains)
      for (const FilterRule& rule : chain.rules) require(rule.text.size() <= 200);
    const Meaning meaning = evaluate(*filter, possible_flows());
    require((meaning.least - meaning.most).empty());
    require(!meaning.undecided.empty() || meaning.least == meaning.most);
  } catch (const std::length_error&) {
    // More than FlowSpace has room for.
  }
  return 0;
}
