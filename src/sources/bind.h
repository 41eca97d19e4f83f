// What BIND was asked (the query and response logs), and what it learnt from others (debug level 10), or both as
// dnstap-read prints it.
#pragma once

#include <string_view>

#include "egressc/sources.h"

namespace egressc {

int sniff_bind(std::string_view head);
LogParser open_bind(const ParseContext& context, Observations& observations);

}  // namespace egressc
