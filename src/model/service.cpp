#include "egressc/address.h"
#include "model/decimal.h"

namespace egressc {

std::string_view to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::any:
      return "any";
    case Protocol::tcp:
      return "tcp";
    case Protocol::udp:
      return "udp";
    case Protocol::icmp:
      return "icmp";
    case Protocol::icmpv6:
      return "icmpv6";
  }
  return "any";
}

std::optional<Protocol> parse_protocol(std::string_view text) {
  for (const Protocol protocol : {Protocol::any, Protocol::tcp, Protocol::udp, Protocol::icmp, Protocol::icmpv6})
    if (text == to_string(protocol)) return protocol;
  return std::nullopt;
}

std::string to_string(const Service& service) {
  std::string text(to_string(service.protocol));
  if (service.ports.is_all()) return text;
  text += '/' + std::to_string(service.ports.first);
  if (service.ports.first != service.ports.last) text += '-' + std::to_string(service.ports.last);
  return text;
}

std::optional<Service> parse_service(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto protocol = parse_protocol(text.substr(0, slash));
  if (!protocol) return std::nullopt;
  if (slash == text.npos) return Service{*protocol, {}};
  if (*protocol == Protocol::icmp || *protocol == Protocol::icmpv6) return std::nullopt;
  text.remove_prefix(slash + 1);
  const auto first = take_decimal(text, 65535);
  auto last = first;
  if (first && text.starts_with('-')) {
    text.remove_prefix(1);
    last = take_decimal(text, 65535);
  }
  if (!first || !last || !text.empty() || *last < *first || *last == 0) return std::nullopt;
  return Service{*protocol, {static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)}};
}

}  // namespace egressc
