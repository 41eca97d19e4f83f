// Lines of `journalctl -o json`.
#pragma once

#include <string>
#include <string_view>

#include "egressc/time.h"

namespace egressc {

// Fields whose names begin with "_" come from journald itself and not from who sent the entry
// (systemd.journal-fields(7)).
struct JournalEntry {
  Micros at = no_time;          // __REALTIME_TIMESTAMP
  std::string_view transport;   // _TRANSPORT
  std::string_view command;     // _COMM
  std::string_view identifier;  // SYSLOG_IDENTIFIER
  std::string_view message;     // MESSAGE
};

class JournalReader {
 public:
  // False for what is no JSON object, and for one that has a field twice. The views in `entry` hold until the next
  // call.
  bool read(std::string_view line, JournalEntry& entry);

 private:
  std::string buffer_;  // RapidJSON unescapes in place
};

}  // namespace egressc
