// What systemd-resolved was asked and what it answered: its debug log, or `resolvectl monitor --json=short`.
#pragma once

#include <string_view>

#include "egressc/sources.h"

namespace egressc {

int sniff_resolved(std::string_view head);
LogParser open_resolved(const ParseContext& context, Observations& observations);

}  // namespace egressc
