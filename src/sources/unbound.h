// What unbound was asked (log-queries, log-replies), and what it learnt from others (verbosity 4 and more).
#pragma once

#include <string_view>

#include "egressc/sources.h"

namespace egressc {

int sniff_unbound(std::string_view head);
LogParser open_unbound(const ParseContext& context, Observations& observations);

}  // namespace egressc
