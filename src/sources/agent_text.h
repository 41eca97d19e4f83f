// What a program prints: URLs, host:port, and the ways in which libraries and other logs write of connections.
#pragma once

#include "egressc/sources.h"

namespace egressc {

int sniff_agent_text(std::string_view head);
LogParser open_agent_text(const ParseContext& context, Observations& observations);

}  // namespace egressc
