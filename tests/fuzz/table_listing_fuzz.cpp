// Any bytes as a listing of nft: what is read of it stands in it, time only takes away, and no time changes nothing.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "readers/listing/listing.h"

namespace {

using namespace egressc;
using std::chrono::milliseconds;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  require(aged(text, milliseconds(0)) == text);
  require(undo_text(text).ends_with(text));
  const LiveElements live = live_elements(text);
  const std::string later = aged(text, milliseconds(1500));
  require(aged(aged(text, milliseconds(1000)), milliseconds(500)) == later);
  require(live_elements(later).elements.size() <= live.elements.size());
  NftSet four{
      .name = "n_4", .family = Family::ipv4, .has_intervals = true, .size = 3, .timeout = std::chrono::hours(1)};
  four.elements = {{*parse_prefix("198.51.100.0/24"), {}, {}, {}, {}}};
  const NftSet six{.name = "n_6", .family = Family::ipv6, .timeout = std::chrono::hours(1)};
  const std::shared_ptr<const NftSet> sets[] = {std::make_shared<NftSet>(four), std::make_shared<NftSet>(six)};
  const CarriedOver carried = carry_over(live.elements, sets);
  require(carried.carried + carried.left_out.size() <= live.elements.size());
  require(carried.additions.empty() == (carried.carried == 0));
  const RunningTable table = running_table(text);
  require(table.sets.size() + table.chains.size() <= text.size());
  return 0;
}
