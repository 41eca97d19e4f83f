#include "sources/upstream_messages.h"

#include <algorithm>

namespace egressc {

bool UpstreamMessages::read(std::string_view logged, Micros at) {
  static constexpr std::string_view escaped_end = "#012";
  text_.end();
  if (logged.find(";; ->>HEADER<<- ") == logged.npos) return false;
  while (!logged.empty()) {
    const std::size_t stop = std::min({logged.find('\n'), logged.find(escaped_end), logged.size()});
    read_line(logged.substr(0, stop), at);
    logged.remove_prefix(stop);
    logged.remove_prefix(std::min(logged.starts_with('\n') ? 1 : escaped_end.size(), logged.size()));
  }
  return true;
}

bool UpstreamMessages::read_line(std::string_view line, Micros at) {
  const DnsTextLine read = text_.read(line);
  switch (read.kind) {
    case DnsTextKind::none:
      return false;
    case DnsTextKind::part:
      break;
    case DnsTextKind::question:
      answers_.overhear(read.name, at);
      break;
    case DnsTextKind::alias:
      answers_.alias(read.name, read.target, read.ttl, at);
      break;
    case DnsTextKind::address:
      answers_.address(read.name, read.address, read.ttl, at);
      break;
  }
  return true;
}

}  // namespace egressc
