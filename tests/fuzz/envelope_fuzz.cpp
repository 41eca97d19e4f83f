// Any bytes as a log in whatever envelope. How a text is cut into what is fed changes nothing of what is read; and what
// the formats are asked of it is asked of text without its wrappers.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "egressc/sources.h"
#include "sources/envelope/wrapping.h"

namespace {

struct Counts {
  std::size_t lines = 0, flows = 0, resolutions = 0, claims = 0, events = 0, skipped = 0;
  bool operator==(const Counts&) const = default;
};

Counts read(const egressc::SourceFormat& format, std::string_view text, bool by_line) {
  egressc::ParseContext context;
  context.reference = 1795419858 * egressc::second;
  context.head = text.substr(0, 4096);
  egressc::Observations observations;
  const egressc::LogParser parser = format.open(context, observations);
  while (!text.empty()) {
    const std::size_t newline = by_line ? text.find('\n') : text.npos;
    const std::size_t size = newline == text.npos ? text.size() : newline + 1;
    parser.feed(text.substr(0, size));
    text.remove_prefix(size);
  }
  parser.finish();
  observations.finish();
  Counts counts{observations.lines,         observations.flows().size(),       observations.resolutions.size(),
                observations.claims.size(), observations.socket_events.size(), 0};
  for (const egressc::Skipped& skipped : observations.skipped) counts.skipped += skipped.count;
  return counts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const egressc::SourceFormat& format : egressc::source_formats())
    if (read(format, text, false) != read(format, text, true)) std::abort();
  const std::string inner = egressc::sources::unwrapped(text, {});
  // Parts are joined up to the longest line, and bytes of the journal become numbers of up to four characters.
  if (inner.size() > 6 * text.size() + 4096) std::abort();
  egressc::first_dated_time(text, 0);
  return 0;
}
