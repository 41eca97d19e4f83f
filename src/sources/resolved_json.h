// What systemd-resolved says in JSON: the records of `resolvectl monitor --json=short`, and the varlink messages of its
// debug log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"

namespace egressc {

struct ResolvedAnswer {
  Address address;
  std::uint32_t ttl = 0;  // 0: not said
};

struct ResolvedMessage {
  std::string_view method;              // of a call: "io.systemd.Resolve.ResolveHostname"
  std::string_view name;                // of a call: the name asked for; of a reply: the one at the end of the aliases
  std::string_view question;            // of a record: the name asked for first
  bool record = false;                  // of the monitor
  bool reply = false;                   // to a call, with addresses
  std::uint64_t flags = 0;              // of a reply: by which protocols (SD_RESOLVED_FLAGS)
  std::vector<ResolvedAnswer> answers;  // at most 64
};

class ResolvedJson {
 public:
  // False for what is no JSON object, and for one that has a field twice. The views hold until the next call.
  bool read(std::string_view text, ResolvedMessage& message);

 private:
  std::string buffer_;  // RapidJSON unescapes in place
};

}  // namespace egressc
