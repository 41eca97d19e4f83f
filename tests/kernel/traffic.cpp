// Sends flows that a policy grants and flows that it denies, as several users, and counts which of them leave.
//
//   traffic INTERFACE FLOWS_A_SECOND UID...
//
// Sends until standard input ends. Each packet is a flow of its own, told from the others by where it goes: a user's
// granted flows go to ports of its own, and its denied ones to the ports of the next user. Prints
// "SENT RATE GRANTED_LOST DENIED_LEFT MISSED", where MISSED is what the capture itself lost.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <bitset>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint16_t first_port = 1024, ports_of_a_user = 12000;
constexpr std::uint16_t first_source = 61000;
constexpr std::uint32_t hosts = 250;
constexpr std::size_t most_flows = std::size_t{hosts} * ports_of_a_user;
constexpr std::uint32_t network = 0xC6336400;  // 198.51.100.0
constexpr auto pause = std::chrono::milliseconds(2);

struct Shared {
  std::atomic<bool> stop;
  std::atomic<std::uint32_t> sent[16][2];  // by user, and whether they are granted
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(2);
}

int udp_socket(std::uint16_t source) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_port = htons(source);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) fail("bind");
  return fd;
}

// Where the flow goes; the sender of the packet and the number of the flow can be told from it.
sockaddr_in target(std::uint32_t user, std::uint32_t number) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(network + 1 + number % hosts);
  to.sin_port = htons(static_cast<std::uint16_t>(first_port + user * ports_of_a_user + number / hosts));
  return to;
}

// A refused send is no error: what counts is what is seen on the wire.
void send_as(uid_t uid, std::uint32_t user, std::uint32_t users, int flows_a_second, Shared& shared) {
  if (::setresgid(uid, uid, uid) != 0 || ::setresuid(uid, uid, uid) != 0) fail("setresuid");
  const int granted = udp_socket(static_cast<std::uint16_t>(first_source + 2 * user));
  const int denied = udp_socket(static_cast<std::uint16_t>(first_source + 2 * user + 1));
  const auto begin = Clock::now();
  std::uint32_t number = 0;
  while (!shared.stop && number < most_flows) {
    const auto due = std::chrono::duration<double>(Clock::now() - begin).count() * flows_a_second / 2;
    for (; number < due && number < most_flows && !shared.stop; ++number) {
      const sockaddr_in mine = target(user, number);
      const sockaddr_in theirs = target((user + 1) % users, number);
      ::sendto(granted, "", 1, 0, reinterpret_cast<const sockaddr*>(&mine), sizeof mine);
      ::sendto(denied, "", 1, 0, reinterpret_cast<const sockaddr*>(&theirs), sizeof theirs);
      shared.sent[user][1] = shared.sent[user][0] = number + 1;
    }
    std::this_thread::sleep_for(pause);
  }
}

class Capture {
 public:
  Capture(const char* interface, std::size_t users) : users_(users), left_(2 * users) {
    fd_ = ::socket(AF_PACKET, SOCK_DGRAM, 0);
    const int size = 512 << 20;
    sockaddr_ll link{};
    link.sll_family = AF_PACKET;
    link.sll_protocol = htons(ETH_P_ALL);  // what leaves is shown to nobody else
    link.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
    if (fd_ < 0 || ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0 ||
        ::bind(fd_, reinterpret_cast<const sockaddr*>(&link), sizeof link) != 0)
      fail("capture");
    for (auto& seen : left_) seen = std::make_unique<std::bitset<most_flows>>();
  }

  int fd() const { return fd_; }

  // All that has come.
  void read() {
    while (take()) {}
  }

  std::size_t left(std::size_t user, bool is_granted) const { return left_[2 * user + !is_granted]->count(); }

  unsigned missed() const {
    tpacket_stats stats{};
    socklen_t size = sizeof stats;
    if (::getsockopt(fd_, SOL_PACKET, PACKET_STATISTICS, &stats, &size) != 0) fail("PACKET_STATISTICS");
    return stats.tp_drops;
  }

 private:
  bool take() {
    unsigned char packet[64];
    sockaddr_ll from{};
    socklen_t size = sizeof from;
    const ssize_t length =
        ::recvfrom(fd_, packet, sizeof packet, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size);
    if (length < 0) return false;
    if (from.sll_pkttype != PACKET_OUTGOING || from.sll_protocol != htons(ETH_P_IP) || length < 28 ||
        packet[9] != IPPROTO_UDP)
      return true;
    const auto number_at = [&](int place) { return std::uint32_t{packet[place]} << 8 | packet[place + 1]; };
    const std::uint32_t sender = number_at(20) - first_source, port = number_at(22) - first_port;
    const std::uint32_t host = packet[19] - 1U, number = port % ports_of_a_user * hosts + host;
    if (sender < 2 * users_ && number < most_flows) left_[sender]->set(number);
    return true;
  }

  std::size_t users_;
  std::vector<std::unique_ptr<std::bitset<most_flows>>> left_;
  int fd_ = -1;
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 5 || count > 8) return 2;
  const auto users = static_cast<std::uint32_t>(count - 3);
  const int each = std::atoi(arguments[2]) / static_cast<int>(users);
  void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  auto& shared = *new (memory) Shared{};
  Capture capture(arguments[1], users);
  const auto begin = Clock::now();
  std::vector<pid_t> senders;
  for (std::uint32_t user = 0; user < users; ++user) {
    senders.push_back(::fork());
    if (senders.back() == 0) {
      send_as(static_cast<uid_t>(std::atoi(arguments[3 + user])), user, users, each, shared);
      ::_exit(0);
    }
  }
  pollfd all[] = {{0, POLLIN, 0}, {capture.fd(), POLLIN, 0}};
  while (::poll(all, 2, -1) > 0 && all[0].revents == 0) capture.read();
  shared.stop = true;
  bool is_well = true;
  for (const pid_t sender : senders) {
    int status = 0;
    is_well = ::waitpid(sender, &status, 0) == sender && status == 0 && is_well;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  capture.read();
  std::size_t sent = 0, lost = 0, leaked = 0;
  for (std::uint32_t user = 0; user < users; ++user) {
    sent += shared.sent[user][0] + shared.sent[user][1];
    lost += shared.sent[user][1] - capture.left(user, true);
    leaked += capture.left(user, false);
  }
  std::printf("%zu %.0f %zu %zu %u\n", sent, static_cast<double>(sent) / seconds, lost, leaked, capture.missed());
  return is_well ? 0 : 1;
}
