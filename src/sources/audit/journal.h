// Audit records as journald keeps them where no auditd runs.
#pragma once

#include <string>
#include <string_view>

#include "sources/audit/record.h"

namespace egressc::sources {

// Entries of `journalctl -o json` that journald read from the kernel's audit socket: MESSAGE is "SYSCALL arch=…", time
// and serial are in fields of their own (systemd.journal-fields(7)). A process may send the same text by any other
// transport.
class JournalAudit {
 public:
  // The views of `record` hold until the next call.
  Reading read(std::string_view line, Record& record);

 private:
  std::string buffer_;  // RapidJSON unescapes in place
};

}  // namespace egressc::sources
