// The transaction that libnftables would send, from what it prints of it with NFT_DEBUG_MNL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace egressc::kernel {

// The messages between the beginning and the end of the one batch in `dump`, which mnl_nlmsg_fprintf (libmnl) prints
// whole, but for the flags that nf_tables has of its own: those of libnftables for `add` are filled in. nullopt if
// there is anything that does not look as it should.
std::optional<std::string> dumped_batch(std::string_view dump);

}  // namespace egressc::kernel
