// What the table of formats has of each.
#pragma once

#include "egressc/sources.h"

namespace egressc::sources {

// A format is known by the class that parses it. These are made of it in its own file, by envelope/parser.h.
template <class Parser>
struct Format {
  static int sniff(std::string_view head);
  static LogParser open(const ParseContext& context, Observations& observations);
  static DatedTime first_time(std::string_view head, int utc_offset_minutes);
};

}  // namespace egressc::sources
