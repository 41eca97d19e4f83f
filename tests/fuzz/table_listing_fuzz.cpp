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
  const LiveSetStart sets[] = {{"n_4", Family::ipv4, {*parse_prefix("198.51.100.0/24")}, 3},
                               {"n_6", Family::ipv6, {}, 0}};
  const CarriedOver carried = carry_over(live.elements, sets);
  require(carried.carried + carried.left_out.size() <= live.elements.size());
  require(carried.text.empty() == (carried.carried == 0));
  return 0;
}
