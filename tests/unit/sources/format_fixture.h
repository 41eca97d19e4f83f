// A log format by its name, as everything outside of the room sources knows it.
#pragma once

#include <string_view>

#include "egressc/sources.h"

namespace egressc {

inline LogParser open_log(std::string_view format, const ParseContext& context, Observations& observations) {
  return find_source_format(format)->open(context, observations);
}

inline int sniff_as(std::string_view format, std::string_view head) { return find_source_format(format)->sniff(head); }

}  // namespace egressc
