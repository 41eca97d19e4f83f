// A ruleset that is mostly elements of sets, taken apart.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace egressc::kernel {

struct BulkText {
  std::string removals;         // messages that take out what was there before, to be sent first
  std::string skeleton;         // the text without what is in messages
  std::string messages;         // NFT_MSG_NEWSETELEM in their order, and what is taken out afterwards
  std::ptrdiff_t elements = 0;  // in `messages`
};

// `text` must be as the nftables backend prints it, or of switching(): the table inet egressc is replaced whole or
// added to; of its sets, those of interval concatenations are taken. What may follow adds elements to others, or takes
// out what the text has not made. nullopt if it is anything else, or if it is not certain that the parts mean what the
// text does.
std::optional<BulkText> take_apart(std::string_view text);

}  // namespace egressc::kernel
