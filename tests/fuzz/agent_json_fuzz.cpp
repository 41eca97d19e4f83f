// The agent-json source on any bytes. Whatever an agent writes, a claim names no host but a valid one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "egressc/name.h"
#include "sources/agent/agent_json.cpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  egressc::sniff_agent_json(text);
  egressc::Observations observations;
  const egressc::LogParser parser = egressc::open_agent_json({}, observations);
  const std::size_t newline = text.find('\n', size / 2);
  const std::size_t middle = newline == text.npos ? size : newline + 1;
  parser.feed(text.substr(0, middle));
  parser.feed(text.substr(middle));
  parser.finish();
  for (const egressc::Claim& claim : observations.claims) {
    const std::string_view host = observations.strings[claim.host];
    if (host.empty() ? !claim.has_address : !egressc::DomainName::parse(host)) std::abort();
  }
  return 0;
}
