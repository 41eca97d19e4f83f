// An agent's own log: one JSON object a line.
#pragma once

#include "egressc/sources.h"

namespace egressc {

int sniff_agent_json(std::string_view head);
LogParser open_agent_json(const ParseContext& context, Observations& observations);

}  // namespace egressc
