// How a denial is logged.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "egressc/ruleset.h"

namespace egressc {

struct DenyLog {
  std::string_view prefix;
  std::optional<std::uint16_t> group;  // of NFLOG; without one, the kernel's log
  std::uint32_t rate = 10;
  std::string_view per = "second";  // second, minute, hour or day
  std::uint32_t burst = 50;
};

// nullopt where nothing is to be logged. Monitoring always logs. Views into `ruleset`.
std::optional<DenyLog> deny_log(const Ruleset& ruleset);

}  // namespace egressc
