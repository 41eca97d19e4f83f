// A log format on any bytes, as the two halves of a file. Whatever is written there, a claim names no host but a valid
// one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "egressc/name.h"
#include "egressc/sources.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const egressc::SourceFormat& format = *egressc::find_source_format(EGRESSC_FORMAT);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t newline = text.find('\n', size / 2);
  const std::size_t half = newline == text.npos ? size : newline + 1;
  egressc::ParseContext context;
  context.reference = 1795419858 * egressc::second;
  egressc::Observations observations;
  format.sniff(text);
  format.first_time(text, 0);
  const egressc::LogParser parser = format.open(context, observations);
  parser.feed(text.substr(0, half));
  parser.feed(text.substr(half));
  parser.finish();
  observations.finish();
  for (const egressc::Claim& claim : observations.claims) {
    const std::string_view host = observations.strings[claim.host];
    if (host.empty() ? !claim.has_address : !egressc::DomainName::parse(host)) std::abort();
  }
  return 0;
}
