// One packet as nf_log_syslog.c, ulogd and Proxmox's pvefw-logger print it, and what its prefix says.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "egressc/observation.h"
#include "egressc/sources.h"
#include "sources/envelope/recent.h"

namespace egressc::sources {

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
  bool operator==(const Packet&) const = default;
};

// Reads what follows the head into a fresh packet. Returns why it is of no use (a string literal), or "".
std::string_view parse_packet(std::string_view fields, AddressMemo& addresses, Packet& packet);
// Its two ways. The first reads what the kernel's LOG mostly writes, and returns false for anything else; the second is
// slower and reads all there is.
bool read_usual_packet(std::string_view fields, AddressMemo& addresses, Packet& packet);
std::string_view read_any_packet(std::string_view fields, AddressMemo& addresses, Packet& packet);

// NF_LOG_PREFIXLEN - 1; xt_LOG takes 29.
inline constexpr std::size_t longest_prefix = 127;

inline constexpr std::string_view message_of_several_lines = "a packet within a message of several lines";

// Whether a rule with this prefix denies: by --denied-prefix and --allowed-prefix, or else by a word of it.
bool is_denial(std::string_view prefix, const ParseContext& context);
// Whether it begins with one of --tag.
bool has_tag(std::string_view prefix, const ParseContext& context);
// Why no rule can have such a prefix, or "".
std::string_view wrong_prefix(std::string_view prefix);

// A line of ulogd's JSON output.
struct UlogdPacket {
  bool is_ulogd = false;  // or else nothing else holds
  Packet packet;
  PacketHead head;
  std::string prefix;
  Micros at = no_time;
  bool blocked = false;       // its boolean_label says so
  std::string_view unusable;  // why it is of no use, or ""
};
UlogdPacket read_ulogd_json(std::string_view line, const ParseContext& context, AddressMemo& addresses,
                            std::string& buffer);

struct FlowEnds {
  Address local;
  Address peer;
  std::uint16_t local_port = 0;
  std::uint16_t peer_port = 0;
  std::uint8_t protocol = 0;
  bool operator==(const FlowEnds&) const = default;
};
std::uint64_t hash_of(const FlowEnds& ends);

// Which end of a flow spoke first, for protocols whose packets do not say. The last 8,192 flows or so.
class FirstSpeaker {
 public:
  void inbound(const FlowEnds& ends, Micros at);
  // Notes a packet that leaves. True if the peer spoke first: then it is an answer.
  bool outbound(const FlowEnds& ends, Micros at);

 private:
  struct Flow {
    bool peer_first = false;
    Micros last = no_time;
  };
  Flow& flow_of(const FlowEnds& ends, bool inbound, Micros at);
  RecentMap<FlowEnds, Flow, 1024> flows_;
};

// The packets of the last few lines, held back: one packet may be logged by several rules, and denied only by the last.
class PendingPackets {
 public:
  explicit PendingPackets(Observations& observations) : observations_(observations) { newest_.fill(none); }

  // What tells packets with the same ends apart. A rule logs a packet once: under the same prefix it is another.
  struct Mark {
    std::uint32_t id = 0;
    std::uint32_t length = 0;
    std::uint32_t prefix = 0;  // a hash of it
  };
  void add(const Connection& connection, const Mark& mark);
  // Hands on all that is held back; call once, at the end.
  void flush();
  // Drops it instead.
  void forget();

 private:
  static constexpr std::size_t capacity = 256;
  static constexpr std::size_t buckets = 512;
  static constexpr std::uint16_t none = capacity;

  struct Packet {
    Connection connection;
    Mark mark;
    std::uint32_t last_prefix = 0;
    std::uint16_t bucket = 0;
    std::uint16_t older = none;  // of the same bucket
  };
  static bool is_same(const Packet& packet, const Connection& connection, const Mark& mark);
  void hand_on(std::uint16_t index);

  Observations& observations_;
  std::array<Packet, capacity> packets_;  // a ring
  std::array<std::uint16_t, buckets> newest_;
  std::size_t count_ = 0;  // ever added
};

}  // namespace egressc::sources
