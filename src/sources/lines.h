// Walking the lines of a block of text.
#pragma once

#include <cstring>
#include <string_view>

#include "egressc/observation.h"

namespace egressc {

// Calls f(line, line_number) for every line of `block` that is not empty, without its '\n' and one '\r' before it.
// Lines count on from observations.lines, empty ones too.
template <class F>
void for_each_line(std::string_view block, Observations& observations, F f) {
  const char* at = block.data();
  const char* const end = at + block.size();
  while (at != end) {
    const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    const char* const stop = newline != nullptr ? newline : end;
    std::string_view line(at, static_cast<std::size_t>(stop - at));
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++observations.lines;
    if (!line.empty()) f(line, observations.lines);
    at = newline != nullptr ? stop + 1 : end;
  }
}

}  // namespace egressc
