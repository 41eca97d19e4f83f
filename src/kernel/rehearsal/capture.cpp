#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>

#include "egressc/observation.h"
#include "kernel/rehearsal/rehearsal.h"

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

namespace {

constexpr std::size_t most_bytes =
    96;  // of a packet: an IPv4 header with all its options, and what follows of interest
constexpr std::size_t packets_at_once = 64;

// Only what leaves, and only its beginning. linux/Documentation/networking/filter.rst.
int keep_outgoing(int socket) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, most_bytes),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog filter{std::size(program), program};
  return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 ? 0 : errno;
}

}  // namespace

Result<Capture> Capture::open() {
  constexpr const char* what = "watching the links";
  // It takes nothing in before it has a protocol.
  Descriptor socket(::socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket && errno == EPERM) return Failure{"watching the links: CAP_NET_RAW is missing: run egressc as root"};
  if (!socket) return system_failure(what, errno);
  if (const int error_number = keep_outgoing(socket.get()); error_number != 0)
    return system_failure(what, error_number);
  constexpr int bytes = 64 << 20;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    return system_failure(what, errno);
  sockaddr_ll every_link{};
  every_link.sll_family = AF_PACKET;
  every_link.sll_protocol = htons(ETH_P_ALL);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&every_link), sizeof every_link) != 0)
    return system_failure(what, errno);
  return Capture(std::move(socket));
}

Result<Done> Capture::drain(std::vector<SeenPacket>& packets) {
  std::uint8_t bytes[packets_at_once][most_bytes];
  iovec places[packets_at_once];
  mmsghdr messages[packets_at_once] = {};
  for (std::size_t i = 0; i < packets_at_once; ++i) {
    places[i] = {bytes[i], most_bytes};
    messages[i].msg_hdr.msg_iov = &places[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  for (;;) {
    const int count = ::recvmmsg(socket_.get(), messages, packets_at_once, 0, nullptr);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count < 0) return system_failure("watching the links", errno);
    for (int i = 0; i < count; ++i)
      if (const auto packet = read_packet(bytes[i], messages[i].msg_len)) packets.push_back(*packet);
  }
  tpacket_stats statistics{};
  socklen_t size = sizeof statistics;
  if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) != 0)
    return system_failure("watching the links", errno);
  if (statistics.tp_drops != 0) return Failure{"watching the links: packets were lost, so nothing is known: try again"};
  return Done{};
}

}  // namespace egressc::kernel
