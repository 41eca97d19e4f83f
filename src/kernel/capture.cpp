#include "kernel/capture.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>

namespace egressc::kernel {
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
  OwnedFd socket(::socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket && errno == EPERM) return Failure{"watching the links: CAP_NET_RAW is missing: run egressc as root"};
  if (!socket) return failed(what, errno);
  if (const int error_number = keep_outgoing(socket.get()); error_number != 0) return failed(what, error_number);
  constexpr int bytes = 64 << 20;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) return failed(what, errno);
  sockaddr_ll every_link{};
  every_link.sll_family = AF_PACKET;
  every_link.sll_protocol = htons(ETH_P_ALL);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&every_link), sizeof every_link) != 0)
    return failed(what, errno);
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
    if (count < 0) return failed("watching the links", errno);
    for (int i = 0; i < count; ++i)
      if (const auto packet = read_packet(bytes[i], messages[i].msg_len)) packets.push_back(*packet);
  }
  tpacket_stats statistics{};
  socklen_t size = sizeof statistics;
  if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) != 0)
    return failed("watching the links", errno);
  if (statistics.tp_drops != 0) return Failure{"watching the links: packets were lost, so nothing is known: try again"};
  return Done{};
}

}  // namespace egressc::kernel
