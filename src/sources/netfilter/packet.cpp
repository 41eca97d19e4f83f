#include "sources/netfilter/packet.h"

#include "sources/envelope/lines.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr std::size_t longest_interface = 15;  // IFNAMSIZ - 1

// What can come right after the interfaces.
bool is_field(std::string_view text) {
  static constexpr std::array<std::string_view, 8> keys = {
      "SRC=", "MAC=", "MACSRC=", "PHYSIN=", "PHYSOUT=", "VPROTO=", "TUNNEL=", "ARP "};
  return std::any_of(keys.begin(), keys.end(), [&](std::string_view key) { return text.starts_with(key); });
}

// pvefw-logger leaves out the interface that a packet does not have: "101 6 PVEFW-HOST-OUT 20/Jun/2026:13:09:14 +0200
// …".
bool is_pvefw(std::string_view line) { return line.substr(0, 64).find(" PVEFW-") != line.npos; }

// The "IN=eth0" that ends right before `end`.
std::optional<PacketHead> find_in(std::string_view line, std::size_t end) {
  const std::size_t limit = std::min(end, longest_interface);
  for (std::size_t back = 0; back <= limit; ++back) {
    const std::size_t equals = end - back - 1;
    if (back == end || line[equals] == ' ') return std::nullopt;
    if (line[equals] != '=') continue;
    const std::string_view before = line.substr(0, equals);
    if (!before.ends_with("IN") || before.ends_with("PHYSIN")) return std::nullopt;
    return PacketHead{equals - 2, 0, back != 0};
  }
  return std::nullopt;
}

std::optional<PacketHead> head_at(std::string_view line, std::size_t out) {
  const std::size_t interface = out + 4;
  const std::size_t blank = line.substr(0, interface + longest_interface + 1).find(' ', interface);
  if (blank == line.npos || !is_field(line.substr(blank + 1))) return std::nullopt;
  if (out == 0 || line[out - 1] != ' ') return std::nullopt;
  std::optional<PacketHead> head = find_in(line, out - 1);
  if (!head) {
    if (!is_pvefw(line)) return std::nullopt;
    head = PacketHead{out};
  }
  head->fields = blank + 1;
  head->out = blank != interface;
  head->out_lo = line.substr(interface, blank - interface) == "lo";
  return head;
}

// "IN=vmbr0 MAC=…" without "OUT=".
std::optional<PacketHead> inbound_head(std::string_view line) {
  if (!is_pvefw(line)) return std::nullopt;
  const std::size_t in = line.rfind(" IN=");
  if (in == line.npos) return std::nullopt;
  const std::size_t blank = line.find(' ', in + 4);
  if (blank == line.npos || !is_field(line.substr(blank + 1))) return std::nullopt;
  return PacketHead{in + 1, blank + 1, true};
}

bool parse_protocol_number(std::string_view text, std::uint8_t& protocol) {
  struct Name {
    std::string_view name;
    std::uint8_t number;
  };
  // Besides those that a policy has words for.
  static constexpr Name names[] = {{"ESP", 50},  {"AH", 51},  {"UDPLITE", 136}, {"SCTP", 132},
                                   {"DCCP", 33}, {"GRE", 47}, {"IGMP", 2}};
  protocol = protocol_named(text);
  for (const Name& name : names)
    if (text == name.name) protocol = name.number;
  return protocol != ip_protocol::unknown || read_number(text, protocol);
}

// Reads the fields one by one; each of the decisive ones may come once.
class FieldReader {
 public:
  FieldReader(AddressMemo& addresses, Packet& packet) : addresses_(addresses), packet_(packet) {}

  std::string_view read(std::string_view fields) {
    Blanks blanks(fields);
    int depth = 0;  // of brackets: an ICMP error quotes the packet that it is about, "[SRC=… INCOMPLETE [8 bytes] ]"
    for (std::size_t start = 0; start < fields.size();) {
      const std::size_t blank = blanks.next();
      const std::string_view token = fields.substr(start, blank - start);
      start = blank + 1;
      if (token.starts_with('[')) ++depth;
      if (depth == 0 && !token.empty() && !field(token)) return "a netfilter packet with a value out of range";
      if (depth > 0 && token.ends_with(']')) --depth;
    }
    if (twice_) return "a netfilter packet with a field twice";
    if ((seen_ & (src | dst | proto)) != (src | dst | proto) || ((seen_ & uid) != 0 && (seen_ & gid) == 0))
      return "a netfilter packet cut short";
    packet_.has_ports = (seen_ & (spt | dpt)) == (spt | dpt);
    return {};
  }

 private:
  enum Seen : unsigned { src = 1, dst = 2, proto = 4, spt = 8, dpt = 16, uid = 32, gid = 64 };

  // False for a value that is none. A field that is not wanted is passed over.
  bool field(std::string_view token) {
    switch (token[0]) {
      case 'S':
        if (token.starts_with("SRC=")) return address(once(src, token.substr(4)), packet_.from);
        if (token.starts_with("SPT=")) return read_number(once(spt, token.substr(4)), packet_.from_port);
        packet_.syn = packet_.syn || token == "SYN";
        return true;
      case 'D':
        if (token.starts_with("DST=")) return address(once(dst, token.substr(4)), packet_.to);
        if (token.starts_with("DPT=")) return read_number(once(dpt, token.substr(4)), packet_.to_port);
        return true;
      case 'P':
        if (token.starts_with("PROTO=")) return parse_protocol_number(once(proto, token.substr(6)), packet_.protocol);
        packet_.other_flags = packet_.other_flags || token == "PSH";
        return true;
      case 'U':
        if (token.starts_with("UID=")) return read_number(once(uid, token.substr(4)), packet_.uid);
        packet_.other_flags = packet_.other_flags || token == "URG";
        return true;
      case 'G':
        return !token.starts_with("GID=") || read_number(once(gid, token.substr(4)), packet_.gid);
      case 'I':
        return !token.starts_with("ID=") || first_number(token.substr(3), packet_.id);
      case 'F':
        if (token.starts_with("FLOWLBL=")) return first_number(token.substr(8), packet_.id);
        if (token.starts_with("FRAG:")) return fragment(token.substr(5));
        packet_.other_flags = packet_.other_flags || token == "FIN";
        return true;
      case 'L':
        return !token.starts_with("LEN=") || first_number(token.substr(4), packet_.length);
      case 'T':
        return !token.starts_with("TYPE=") || icmp_type(token.substr(5));
      case 'A':
        packet_.ack = packet_.ack || token == "ACK";
        return true;
      case 'R':
        packet_.other_flags = packet_.other_flags || token == "RST";
        return true;
      default:
        return true;
    }
  }

  std::string_view once(Seen field, std::string_view value) {
    twice_ = twice_ || (seen_ & field) != 0;
    seen_ |= field;
    return value;
  }

  bool address(std::string_view value, Address& address) {
    const auto parsed = addresses_.parse(value);
    if (parsed) address = *parsed;
    return parsed.has_value();
  }

  // ICMP has an ID= of its own, UDP a LEN=: the one of the IP header comes first.
  static bool first_number(std::string_view value, std::uint32_t& number) {
    return number != 0 || value.empty() || read_number(value, number);
  }

  // IPv6 names the first fragment too.
  bool fragment(std::string_view value) {
    std::uint32_t offset = 0;
    if (!read_number(value, offset)) return false;
    packet_.later_fragment = offset != 0;
    return true;
  }

  bool icmp_type(std::string_view value) {
    packet_.has_icmp_type = read_number(value, packet_.icmp_type);
    return packet_.has_icmp_type;
  }

  AddressMemo& addresses_;
  Packet& packet_;
  unsigned seen_ = 0;
  bool twice_ = false;
};

}  // namespace

std::optional<PacketHead> find_packet_head(std::string_view line) {
  if (line.empty()) return std::nullopt;
  // Backwards by 'U': little else in a packet has one, and memrchr() looks at 16 bytes or more at a time.
  std::size_t size = line.size();
  while (const auto* u = static_cast<const char*>(memrchr(line.data(), 'U', size))) {
    size = static_cast<std::size_t>(u - line.data());
    if (size == 0) break;
    if (line.substr(size - 1).starts_with("OUT="))
      if (const auto head = head_at(line, size - 1)) return head;
  }
  return inbound_head(line);
}

std::string_view parse_packet(std::string_view fields, AddressMemo& addresses, Packet& packet) {
  return FieldReader(addresses, packet).read(fields);
}

}  // namespace egressc::sources
