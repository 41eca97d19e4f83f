#include "egressc/observation.h"
#include "kernel/capture.h"

namespace egressc::kernel {
namespace {

constexpr std::size_t ipv6_header = 40;                                 // RFC 8200, 3
constexpr std::uint8_t tcp_syn = 0x02, tcp_rst = 0x04, tcp_ack = 0x10;  // RFC 9293, 3.1
constexpr std::uint8_t echo_request_4 = 8, echo_request_6 = 128;        // RFC 792; RFC 4443, 4.1

std::uint16_t two_bytes(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[0] << 8 | at[1]); }

// From the header of the transport on.
std::optional<SeenPacket> read_transport(const std::uint8_t* bytes, std::size_t size, SeenPacket packet) {
  constexpr std::size_t ports_or_echo = 8;
  constexpr std::size_t up_to_tcp_flags = 14;
  if (size < (packet.protocol == ip_protocol::tcp ? up_to_tcp_flags : ports_or_echo)) return std::nullopt;
  switch (packet.protocol) {
    case ip_protocol::tcp:
      if ((bytes[13] & (tcp_syn | tcp_rst | tcp_ack)) != tcp_syn) return std::nullopt;
      [[fallthrough]];
    case ip_protocol::udp:
      packet.from_port = two_bytes(bytes);
      packet.port = two_bytes(bytes + 2);
      return packet;
    case ip_protocol::icmp:
    case ip_protocol::icmpv6:
      if (bytes[0] != (packet.protocol == ip_protocol::icmp ? echo_request_4 : echo_request_6)) return std::nullopt;
      packet.port = two_bytes(bytes);
      packet.from_port = two_bytes(bytes + 4);
      return packet;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<SeenPacket> read_packet(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t shortest_ipv4_header = 20;  // RFC 791, 3.1
  if (size < shortest_ipv4_header) return std::nullopt;
  SeenPacket packet;
  if (bytes[0] >> 4 == 4) {
    const std::size_t header = (bytes[0] & 15U) * 4;
    if (header < shortest_ipv4_header || header > size) return std::nullopt;
    packet.protocol = bytes[9];
    packet.to = ipv4(std::uint32_t{two_bytes(bytes + 16)} << 16 | two_bytes(bytes + 18));
    return read_transport(bytes + header, size - header, packet);
  }
  if (bytes[0] >> 4 != 6 || size < ipv6_header) return std::nullopt;
  packet.protocol = bytes[6];
  packet.to = ipv6(bytes + 24);
  return read_transport(bytes + ipv6_header, size - ipv6_header, packet);
}

}  // namespace egressc::kernel
