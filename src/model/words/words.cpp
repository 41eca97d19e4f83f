#include "model/words/words.h"

#include <nettle/sha2.h>

#include <array>

#include "egressc/flow_space.h"
#include "egressc/policy.h"

namespace egressc {
namespace model {
namespace {

constexpr std::size_t longest_name = 253;  // RFC 1035, 2.3.4

std::string range_text(std::uint32_t first, std::uint32_t last, char between) {
  std::string text = std::to_string(first);
  if (first != last) text.append(1, between).append(std::to_string(last));
  return text;
}

std::string icmp_text(std::string_view name, const PortRange& types, Family family) {
  std::string text(name);
  if (types.is_all()) return text + ", any type";
  return text.append(" ").append(types == icmp_type(echo_type(family)) ? "echo-request" : icmp_type_text(types));
}

std::string transport_text(std::string_view name, const PortRange& ports) {
  std::string text(name);
  return ports.is_all() ? text : text.append("/").append(port_text(ports));
}

}  // namespace
}  // namespace model

std::string id_text(const IdRange& ids) {
  if (ids.first == no_id) return "none";
  return model::range_text(ids.first, std::min(ids.last, no_id - 1), '-');
}

std::string ids_text(std::string_view word, std::span<const IdRange> ranges) {
  if (ranges.empty()) return {};
  return std::string(word).append(" ").append(joined(ranges, ", ", id_text));
}

std::string who_text(std::span<const IdRange> uids, std::span<const IdRange> gids, std::string_view between) {
  std::string text = ids_text("uid", uids);
  add_part(text, ids_text("gid", gids), between);
  return text;
}

std::string who_text(std::uint32_t uid, std::uint32_t gid, std::string_view between) {
  std::string text = "uid " + std::to_string(uid);
  if (gid != no_id) add_part(text, "gid " + std::to_string(gid), between);
  return text;
}

std::string destination_text(std::span<const std::string> names, bool live, std::string_view otherwise) {
  if (names.empty()) return std::string(otherwise);
  std::string text = joined(names, ", ", [](const std::string& name) { return printable(name, model::longest_name); });
  return live ? text + " (live)" : text;
}

std::string destination_text(const Grant& grant, std::string_view between) {
  if (grant.prefix) return to_string(*grant.prefix);
  return joined(grant.names, between, [](const DomainName& name) -> const std::string& { return name.spelling(); });
}

std::string port_text(const PortRange& ports, char between) {
  return model::range_text(ports.first, ports.last, between);
}

std::string icmp_type_text(const PortRange& types) {
  const unsigned first = types.first >> 8;
  const unsigned last = types.last >> 8;
  if ((types.first & 255) == 0 && (types.last & 255) == 255) return "type " + model::range_text(first, last, '-');
  std::string text = "type " + std::to_string(first) + '/' + std::to_string(types.first & 255);
  if (types.first != types.last) text += '-' + std::to_string(last) + '/' + std::to_string(types.last & 255);
  return text;
}

std::string_view protocol_name(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::icmp:
      return "icmp";
    case ip_protocol::tcp:
      return "tcp";
    case ip_protocol::udp:
      return "udp";
    case ip_protocol::icmpv6:
      return "icmpv6";
    default:
      return {};
  }
}

std::string service_text(std::uint8_t protocol, std::uint16_t port) {
  std::string text = protocol_text(protocol);
  return protocol == ip_protocol::tcp || protocol == ip_protocol::udp ? text + '/' + std::to_string(port) : text;
}

std::string service_text(const FlowBox& box) {
  const ProtocolRange& protocols = box.protocols;
  if (protocols == ProtocolRange{}) return "any protocol";
  if (protocols.first != protocols.last) return "protocols " + model::range_text(protocols.first, protocols.last, '-');
  const std::string_view name = protocol_name(protocols.first);
  if (name.empty()) return "protocol " + std::to_string(protocols.first);
  if (!is_icmp(protocols.first)) return model::transport_text(name, box.ports);
  return model::icmp_text(name, box.ports, protocols.first == ip_protocol::icmp ? Family::ipv4 : Family::ipv6);
}

std::string to_string(const FlowPoint& flow) {
  return service_text(flow.protocol, flow.port) + ' ' + to_string(flow.to) + (flow.loopback ? " lo" : "");
}

std::string sha256_hex(std::string_view text, std::size_t bytes) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : std::span(digest).first(std::min(bytes, digest.size()))) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

}  // namespace egressc
