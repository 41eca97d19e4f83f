#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sources/dns/unbound.cpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t newline = text.find('\n', size / 2);
  const std::size_t half = newline == text.npos ? size : newline + 1;
  egressc::ParseContext context;
  context.reference = 1795419858 * egressc::second;
  egressc::Observations observations;
  egressc::sniff_unbound(text);
  const egressc::LogParser parser = egressc::open_unbound(context, observations);
  parser.feed(text.substr(0, half));
  parser.feed(text.substr(half));
  parser.finish();
  observations.finish();
  return 0;
}
