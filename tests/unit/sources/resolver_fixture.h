// What a resolver's log says, in lines.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <vector>

#include "sources/format_fixture.h"

namespace egressc {

using Lines = std::vector<std::string>;

inline Observations read_log(std::string_view format, std::string_view text) {
  ParseContext context;
  context.year = 2026;
  Observations observations;
  const LogParser parser = open_log(format, context, observations);
  parser.feed(text);
  parser.finish();
  observations.finish();
  return observations;
}

inline std::string joined(const std::vector<std::string_view>& lines) {
  std::string text;
  for (const std::string_view line : lines) text += fmt::format("{}\n", line);
  return text;
}

// "client/port asked answer ttl", with " uid" where it is told.
inline Lines resolutions_of(const Observations& observations) {
  Lines lines;
  for (const Resolution& r : observations.resolutions)
    lines.push_back(fmt::format("{}/{} {} {} {}{}", to_string(r.client), r.client_port, observations.strings[r.asked],
                                to_string(r.answer), r.ttl, r.uid == no_id ? "" : fmt::format(" {}", r.uid)));
  return lines;
}

// "count reason".
inline Lines skipped_of(const Observations& observations) {
  Lines lines;
  for (const Skipped& skipped : observations.skipped)
    lines.push_back(fmt::format("{} {}", skipped.count, skipped.reason));
  return lines;
}

}  // namespace egressc
