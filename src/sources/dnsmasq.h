// What dnsmasq was asked and what it answered (--log-queries, better --log-queries=extra).
#pragma once

#include <string_view>

#include "egressc/sources.h"

namespace egressc {

int sniff_dnsmasq(std::string_view head);
LogParser open_dnsmasq(const ParseContext& context, Observations& observations);

}  // namespace egressc
