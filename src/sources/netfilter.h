// Packets that the kernel (LOG, nft log), ulogd or pvefw-logger logged.
#pragma once

#include <string_view>

#include "egressc/sources.h"

namespace egressc {

int sniff_netfilter(std::string_view head);
LogParser open_netfilter(const ParseContext& context, Observations& observations);

}  // namespace egressc
