// Flow boxes as text.
#include <fmt/format.h>

#include "model/flow_arena.h"

namespace egressc {
namespace {

std::string id_text(const IdRange& ids) {
  if (ids.first == no_id) return "none";
  const std::uint32_t last = ids.last == no_id ? no_id - 1 : ids.last;
  std::string text = ids.first == last ? fmt::to_string(last) : fmt::format("{}-{}", ids.first, last);
  if (ids.last == no_id) text += ",none";
  return text;
}

std::string protocol_text(const ProtocolRange& protocols) {
  if (protocols == ProtocolRange{}) return "any";
  if (protocols.first != protocols.last) return fmt::format("protocol {}-{}", protocols.first, protocols.last);
  switch (protocols.first) {
    case ip_protocol::icmp:
      return "icmp";
    case ip_protocol::tcp:
      return "tcp";
    case ip_protocol::udp:
      return "udp";
    case ip_protocol::icmpv6:
      return "icmpv6";
    default:
      return fmt::format("protocol {}", protocols.first);
  }
}

std::string port_text(const PortRange& ports) {
  return ports.first == ports.last ? fmt::to_string(ports.first) : fmt::format("{}-{}", ports.first, ports.last);
}

// "type 8", "type 3-4"; with codes "type 3/1", "type 3/1-3/4".
std::string icmp_text(const PortRange& ports) {
  const unsigned first = ports.first >> 8;
  const unsigned last = ports.last >> 8;
  if ((ports.first & 255) == 0 && (ports.last & 255) == 255)
    return first == last ? fmt::format("type {}", first) : fmt::format("type {}-{}", first, last);
  std::string text = fmt::format("type {}/{}", first, ports.first & 255);
  if (ports.first != ports.last) text += fmt::format("-{}/{}", last, ports.last & 255);
  return text;
}

bool is_icmp(const ProtocolRange& protocols) {
  return protocols.first == protocols.last &&
         (protocols.first == ip_protocol::icmp || protocols.first == ip_protocol::icmpv6);
}

}  // namespace

std::string to_string(const FlowBox& box) {
  std::string text;
  if (box.uids != IdRange{0, no_id}) text += "uid " + id_text(box.uids) + " ";
  if (box.gids != IdRange{0, no_id}) text += "gid " + id_text(box.gids) + " ";
  if (box.loopback) text += *box.loopback ? "lo " : "not lo ";
  text += protocol_text(box.protocols);
  text += ' ';
  text += box.addresses ? to_string(*box.addresses) : "any";
  if (!box.ports.is_all()) text += " " + (is_icmp(box.protocols) ? icmp_text(box.ports) : port_text(box.ports));
  return text;
}

}  // namespace egressc
