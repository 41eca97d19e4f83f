// The audit source on any bytes, as the two halves of a file.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sources/audit/audit.cpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  egressc::sniff_audit(text);
  egressc::Observations observations;
  const egressc::LogParser parser = egressc::open_audit({}, observations);
  const std::size_t newline = text.find('\n', size / 2);
  const std::size_t middle = newline == text.npos ? size : newline + 1;
  parser.feed(text.substr(0, middle));
  parser.feed(text.substr(middle));
  parser.finish();
  return 0;
}
