#include "sources/netfilter/packet.h"

#include <cstring>
#include <limits>
#include <utility>

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

// Where a field stands, in the order of nf_log_syslog.c; printpkt.c of ulogd and pvefw-logger.c keep to it.
enum class Place : std::uint8_t {
  start,
  physin,
  physout,
  mac_source,
  mac_destination,
  vlan_protocol,
  vlan,
  mac_protocol,
  mac,
  tunnel,
  from,
  to,
  length,
  tos,   // TC in IPv6
  prec,  // HOPLIMIT
  ttl,   // FLOWLBL
  id,
  offset,  // FRAG= of pvefw-logger
  congestion,
  dont_fragment,
  more_fragments,
  extension,  // IPv4's fragment offset and options, IPv6's extension headers; the one place that is taken several times
  protocol,
  from_port,
  to_port,
  datagram_length,
  sequence,
  acknowledged,
  window,
  reserved,
  ae,
  cwr,
  ece,
  urg,
  ack,
  psh,
  rst,
  syn,
  fin,
  urgent,
  tcp_options,
  icmp_type,
  icmp_code,
  icmp_id,
  icmp_sequence,
  parameter,
  gateway,
  quote,  // the packet that an ICMP error is about
  mtu,
  spi,
  incomplete,
  uid,
  gid,
  mark,
};

// Up to four bytes as a number, so that one comparison tells a field from others.
constexpr std::uint32_t word(std::string_view text) {
  std::uint32_t bytes = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    bytes |= static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])) << (8 * i);
  return bytes;
}

std::uint32_t beginning_of(std::string_view token) {
  if (token.size() < 4) return word(token);
  const auto* bytes = reinterpret_cast<const unsigned char*>(token.data());
  return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[3]} << 24;
}

template <std::size_t Size>
std::string_view behind(std::string_view token) {
  return {token.data() + Size, token.size() - Size};
}

// "0x1a0000", or without "0x" as ulogd writes it.
bool is_hex_number(std::string_view text) {
  take(text, "0x");
  return !text.empty() && std::all_of(text.begin(), text.end(), is_hex_digit);
}

// Addresses of the link layer and tunnels: "02:00:5e:00:53:01", "192.0.2.1->198.51.100.1", or nothing.
bool is_link(std::string_view text) { return text.find_first_not_of("0123456789abcdefABCDEF:.->") == text.npos; }

// Reads the fields one by one. Each may be missing, for a log of one's own may leave it out; but none may come twice or
// before its place, and nothing else may stand between or behind them: that would be text that somebody chose.
class FieldReader {
 public:
  FieldReader(AddressMemo& addresses, Packet& packet) : addresses_(addresses), packet_(packet) {}

  std::string_view read(std::string_view fields) {
    Blanks blanks(fields);
    for (std::size_t start = 0; start < fields.size();) {
      const std::size_t blank = blanks.next();
      const std::string_view token = fields.substr(start, blank - start);
      start = blank + 1;
      if (token.empty()) continue;
      if (!(expected_ == Expected::field ? field(token) : part(token))) return why_;
    }
    if (expected_ != Expected::field || (seen_ & (src | dst | proto)) != (src | dst | proto) ||
        ((seen_ & uid) != 0 && (seen_ & gid) == 0))
      return "a netfilter packet cut short";
    packet_.has_ports = (seen_ & (spt | dpt)) == (spt | dpt);
    return {};
  }

 private:
  enum Seen : unsigned { src = 1, dst = 2, proto = 4, spt = 8, dpt = 16, uid = 32, gid = 64 };
  // Most fields are one token. Others go on: "OPT" with a parenthesis, ulogd's "FRAG:" and "ID:" with a number,
  // "INCOMPLETE" perhaps with "[8 bytes]", a quoted packet up to its bracket.
  enum class Expected : std::uint8_t { field, options, offset, identification, bytes, quote };

  // False, and why_ tells why, for what is no field or not one that may stand here.
  bool field(std::string_view token) {
    switch (beginning_of(token)) {
      case word("SRC="):
        return at(Place::from) && address(behind<4>(token), src, packet_.from);
      case word("DST="):
        return at(Place::to) && address(behind<4>(token), dst, packet_.to);
      case word("LEN="):
        return length(behind<4>(token));
      case word("TOS="):
        return at(Place::tos) && hex(behind<4>(token));
      case word("PREC"):
        return is<5>(token, "PREC=") && at(Place::prec) && hex(behind<5>(token));
      case word("TTL="):
        return at(Place::ttl) && digits(behind<4>(token));
      case word("DF"):
        return at(Place::dont_fragment);
      case word("PROT"):
        return is<6>(token, "PROTO=") && at(Place::protocol) && protocol(behind<6>(token));
      case word("SPT="):
        return at(Place::from_port) && number(behind<4>(token), spt, packet_.from_port);
      case word("DPT="):
        return at(Place::to_port) && number(behind<4>(token), dpt, packet_.to_port);
      case word("SEQ="):
        return at(last_ < Place::icmp_type ? Place::sequence : Place::icmp_sequence) && digits(behind<4>(token));
      case word("ACK="):
        return at(Place::acknowledged) && digits(behind<4>(token));
      case word("WIND"):
        return is<7>(token, "WINDOW=") && at(Place::window) && digits(behind<7>(token));
      case word("RES="):
        return at(Place::reserved) && hex(behind<4>(token));
      case word("SYN"):
        return at(Place::syn) && (packet_.syn = true);
      case word("ACK"):
        return at(Place::ack) && (packet_.ack = true);
      case word("PSH"):
        return at(Place::psh) && (packet_.other_flags = true);
      case word("FIN"):
        return at(Place::fin) && (packet_.other_flags = true);
      case word("RST"):
        return at(Place::rst) && (packet_.other_flags = true);
      case word("URG"):
        return at(Place::urg) && (packet_.other_flags = true);
      case word("URGP"):
        return is<5>(token, "URGP=") && at(Place::urgent) && digits(behind<5>(token));
      case word("OPT"):
        return (last_ < Place::protocol ? extension() : at(Place::tcp_options)) && expect(Expected::options);
      case word("UID="):
        return at(Place::uid) && number(behind<4>(token), uid, packet_.uid);
      case word("GID="):
        return at(Place::gid) && number(behind<4>(token), gid, packet_.gid);
      case word("MAC="):
        return at(Place::mac) && link(behind<4>(token));
      default:
        return token.starts_with("ID=") ? identification(behind<3>(token)) : rare_field(token);
    }
  }

  bool rare_field(std::string_view token) {
    if (take(token, "TC=")) return at(Place::tos) && digits(token);
    if (take(token, "HOPLIMIT=")) return at(Place::prec) && digits(token);
    if (take(token, "FLOWLBL=")) return at(Place::ttl) && ip_number(token, packet_.id);
    if (take(token, "MARK=")) return at(Place::mark) && hex(token);
    if (take(token, "mark=")) return at(Place::mark) && digits(token);
    if (take(token, "TYPE=")) return at(Place::icmp_type) && icmp_type(token);
    if (take(token, "CODE=")) return at(Place::icmp_code) && digits(token);
    if (take(token, "MTU=")) return at(Place::mtu) && digits(token);
    if (take(token, "PARAMETER=")) return at(Place::parameter) && digits(token);
    if (take(token, "POINTER=")) return at(Place::parameter) && hex(token);
    if (take(token, "GATEWAY=")) return at(Place::gateway) && link(token);
    if (take(token, "SPI=")) return (in_options_ || at(Place::spi)) && hex(token);
    if (take(token, "FRAG:")) return extension() && fragment(token);
    if (take(token, "FRAG=")) return at(Place::offset) && fragment(token);
    if (take(token, "ID:")) return extension() && optional(token, Expected::identification);
    if (take(token, "INCOMPLETE")) return incomplete(token);
    if (take(token, "MACSRC=")) return at(Place::mac_source) && link(token);
    if (take(token, "MACDST=")) return at(Place::mac_destination) && link(token);
    if (take(token, "MACPROTO=")) return at(Place::mac_protocol) && hex(token);
    if (take(token, "VPROTO=")) return at(Place::vlan_protocol) && hex(token);
    if (take(token, "VID=")) return at(Place::vlan) && digits(token);
    if (take(token, "TUNNEL=")) return at(Place::tunnel) && link(token);
    if (take(token, "PHYSIN=")) return at(Place::physin);
    if (take(token, "PHYSOUT=")) return at(Place::physout);
    if (token == "MF") return at(Place::more_fragments);
    if (token == "CE") return at(Place::congestion);
    if (token == "AE") return at(Place::ae);
    if (token == "CWR") return at(Place::cwr);
    if (token == "ECE") return at(Place::ece);
    if (token == "AH" || token == "ESP") return in_options_ || unknown();
    if (token == "ARP") return arp();
    if (token == "INVALID=LEN" || token == "INVALID=IHL") return at(Place::incomplete);
    if (token == ")" && in_options_) return !(in_options_ = false);
    if (token[0] == '[' && is_icmp(packet_.protocol) && last_ >= Place::icmp_code)
      return at(Place::quote) && quoted(token);
    return unknown();
  }

  // What has to follow before the next field.
  bool part(std::string_view token) {
    const Expected what = std::exchange(expected_, Expected::field);
    switch (what) {
      case Expected::options:  // "(020405B4)", and "( FRAG:0 ID:00000001 )" in IPv6
        if (token == "(" && last_ == Place::extension) return in_options_ = true;
        if (token == "(TRUNCATED)") return true;
        return token.size() > 2 && token.starts_with('(') && token.ends_with(')')
                   ? hex(token.substr(1, token.size() - 2))
                   : unknown();
      case Expected::offset:
        return fragment_offset(token);
      case Expected::identification:
        return hex(token);
      case Expected::bytes:
        if (token.starts_with('[')) {
          expected_ = Expected::bytes;
          return digits(token.substr(1));
        }
        return token == "bytes]" || field(token);
      default:
        return quoted(token);
    }
  }

  template <std::size_t Size>
  bool is(std::string_view token, const char (&name)[Size + 1]) {
    return (token.size() >= Size && std::memcmp(token.data(), name, Size) == 0) || unknown();
  }

  bool fail(std::string_view why) {
    why_ = why;
    return false;
  }
  bool unknown() { return fail("a netfilter packet with other text among its fields"); }

  bool at(Place place) {
    if (place <= last_)
      return fail(place == last_ ? "a netfilter packet with a field twice"
                                 : "a netfilter packet with its fields out of order");
    last_ = place;
    return true;
  }

  bool extension() { return last_ == Place::extension || at(Place::extension); }

  bool in_range(bool is) { return is || fail("a netfilter packet with a value out of range"); }
  bool digits(std::string_view value) {
    std::uint64_t number = 0;
    return in_range(read_digits(value, number));
  }
  bool hex(std::string_view value) { return in_range(is_hex_number(value)); }
  bool link(std::string_view value) { return in_range(is_link(value)); }

  template <class Number>
  bool whole(std::string_view value, Number& number) {
    std::uint64_t sum = 0;
    const bool is_read = read_digits(value, sum) && sum <= std::numeric_limits<Number>::max();
    number = static_cast<Number>(sum);
    return in_range(is_read);
  }

  // Up to 16 of them.
  static bool read_digits(std::string_view value, std::uint64_t& number) {
    if (value.empty() || value.size() > 16) return false;
    number = 0;
    for (const char digit : value) {
      if (!is_digit(digit)) return false;
      number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return true;
  }

  template <class Number>
  bool number(std::string_view value, Seen field, Number& number) {
    seen_ |= field;
    return whole(value, number);
  }

  bool address(std::string_view value, Seen field, Address& address) {
    seen_ |= field;
    const auto parsed = addresses_.parse(value);
    if (parsed) address = *parsed;
    return in_range(parsed.has_value());
  }

  bool protocol(std::string_view value) {
    seen_ |= proto;
    return value == "ARP" ? arp() : in_range(parse_protocol_number(value, packet_.protocol));
  }

  bool arp() { return fail("an ARP packet"); }

  // Empty in some logs.
  bool ip_number(std::string_view value, std::uint32_t& number) { return value.empty() || whole(value, number); }

  // ICMP has an ID= of its own,
  bool identification(std::string_view value) {
    if (last_ < Place::protocol) return at(Place::id) && ip_number(value, packet_.id);
    return at(Place::icmp_id) && digits(value);
  }

  // and UDP a LEN=, which pvefw-logger writes without a blank before its mark.
  bool length(std::string_view value) {
    if (last_ < Place::protocol) return at(Place::length) && ip_number(value, packet_.length);
    if (!at(Place::datagram_length)) return false;
    const std::size_t mark = value.find('m');
    if (mark == value.npos) return digits(value);
    return digits(value.substr(0, mark)) && field(value.substr(mark));
  }

  // IPv6 names the first fragment too; ulogd puts a blank before the number.
  bool fragment(std::string_view value) {
    if (value.empty()) expected_ = Expected::offset;
    return value.empty() || fragment_offset(value);
  }
  bool fragment_offset(std::string_view value) {
    std::uint32_t offset = 0;
    const bool is_read = read_number(value, offset);
    packet_.later_fragment = offset != 0;
    return in_range(is_read);
  }
  bool optional(std::string_view value, Expected otherwise) {
    if (value.empty()) expected_ = otherwise;
    return value.empty() || hex(value);
  }

  bool icmp_type(std::string_view value) {
    packet_.has_icmp_type = read_number(value, packet_.icmp_type);
    return in_range(packet_.has_icmp_type);
  }

  bool expect(Expected what) {
    expected_ = what;
    return true;
  }

  // IPv6 says so of a fragment that is not the last. ulogd puts no blank behind it.
  bool incomplete(std::string_view behind) {
    if (last_ != Place::extension && !at(Place::incomplete)) return false;
    if (!behind.empty()) return field(behind);
    expected_ = Expected::bytes;
    return true;
  }

  // "[SRC=… INCOMPLETE [8 bytes] ]"
  bool quoted(std::string_view token) {
    if (token.starts_with('[')) ++depth_;
    if (token.ends_with(']')) --depth_;
    if (depth_ != 0) expected_ = Expected::quote;
    return true;
  }

  AddressMemo& addresses_;
  Packet& packet_;
  std::string_view why_;
  unsigned seen_ = 0;
  int depth_ = 0;  // of brackets
  Place last_ = Place::start;
  Expected expected_ = Expected::field;
  bool in_options_ = false;
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
  if (read_usual_packet(fields, addresses, packet)) return {};
  packet = {};
  return read_any_packet(fields, addresses, packet);
}

std::string_view read_any_packet(std::string_view fields, AddressMemo& addresses, Packet& packet) {
  return FieldReader(addresses, packet).read(fields);
}

}  // namespace egressc::sources
