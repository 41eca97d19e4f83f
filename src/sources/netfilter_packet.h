// One packet as nf_log_syslog.c, ulogd's LOGEMU and Proxmox's pvefw-logger print it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "egressc/observation.h"
#include "sources/address_memo.h"

namespace egressc {

// "IN=eth0 OUT= ": where the part of a line begins that nobody but the logger writes.
struct PacketHead {
  std::size_t start = 0;   // what lies before it is envelope and prefix
  std::size_t fields = 0;  // what follows it
  bool in = false;         // an interface is named
  bool out = false;
  bool out_lo = false;  // it leaves by the loopback interface, and so comes in at once
};

// The last one of the line: a prefix may hold anything, also another packet.
std::optional<PacketHead> find_packet_head(std::string_view line);

struct Packet {
  Address from;
  Address to;
  std::uint16_t from_port = 0;
  std::uint16_t to_port = 0;
  std::uint8_t protocol = ip_protocol::unknown;
  std::uint8_t icmp_type = 0;
  bool has_ports = false;
  bool has_icmp_type = false;
  bool later_fragment = false;  // without the header that has the ports
  bool syn = false;             // TCP flags
  bool ack = false;
  bool other_flags = false;
  std::uint32_t uid = no_id;
  std::uint32_t gid = no_id;
  std::uint32_t id = 0;  // IPv4's identification, IPv6's flow label
  std::uint32_t length = 0;
};

// Reads what follows the head into a fresh packet. Returns why it is of no use (a string literal), or "".
std::string_view parse_packet(std::string_view fields, AddressMemo& addresses, Packet& packet);

}  // namespace egressc
