// Linux audit records: raw, enriched, from ausearch, in syslog's and the kernel's form; and lines with dst=… that some
// dispatchers write.
#pragma once

#include "egressc/sources.h"

namespace egressc {

int sniff_audit(std::string_view head);
LogParser open_audit(const ParseContext& context, Observations& observations);

}  // namespace egressc
