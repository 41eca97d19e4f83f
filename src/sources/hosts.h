// The names of a hosts file (hosts(5)).
#pragma once

#include <string_view>

#include "egressc/sources.h"

namespace egressc {

int sniff_hosts(std::string_view head);
LogParser open_hosts(const ParseContext& context, Observations& observations);

}  // namespace egressc
