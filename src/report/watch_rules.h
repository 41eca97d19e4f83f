// Rules that have the kernel log who reaches what, and how that log is read.
#pragma once

#include <span>
#include <string>

#include "egressc/address.h"

namespace egressc {

struct WatchRulesFor {
  bool nft = true;
  bool iptables = true;
  bool auditctl = true;
};

// Each part can be loaded as it is. `tag` begins every prefix; no `uids`: every user.
std::string watch_rules_text(const std::string& tag, std::span<const IdRange> uids, const WatchRulesFor& loaders);

}  // namespace egressc
