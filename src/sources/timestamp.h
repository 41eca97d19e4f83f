// Timestamps as the kernel, syslog daemons and resolvers write them.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "egressc/sources.h"

namespace egressc {

struct Stamp {
  Micros at = no_time;     // no_time: a date that does not exist in the year it must be of
  std::size_t length = 0;  // bytes of the text it takes
  bool undated = false;    // it has no year, and neither a year nor a reference is known: 2000 was taken
};

// The calendar time at the start of `text`: "Nov 23 07:44:18", "Mon Nov 23 07:44:18 2026", ISO 8601 with "T" or a
// blank, "23/Nov/2026:07:44:18 +0200", "23-Nov-2026 07:44:18.123". nullopt where there is none, such as for month names
// that are not English.
std::optional<Stamp> parse_stamp(std::string_view text, const ParseContext& context);

struct Uptime {
  Micros since_boot = 0;
  std::size_t length = 0;
};

// The kernel's "[ 4423.688133]" at the start of `text`.
std::optional<Uptime> parse_uptime(std::string_view text);

}  // namespace egressc
