// The fields of a packet where the kernel's LOG almost always puts them: read in one pass, without a look at what else
// there might be. Whatever stands otherwise is left to read_any_packet().
#include <bit>
#include <cstring>

#include "model/words/text.h"
#include "sources/netfilter/packet.h"

namespace egressc::sources {
namespace {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool at_end() const { return at_ == end_; }

  template <std::size_t Size>
  bool take(const char (&text)[Size]) {
    constexpr std::size_t length = Size - 1;
    if (static_cast<std::size_t>(end_ - at_) < length || std::memcmp(at_, text, length) != 0) return false;
    at_ += length;
    return true;
  }

  // Each takes the blank behind it too, which the last field of a line need not have. Up to nine digits.
  bool number(std::uint32_t& number) {
    const std::size_t count = digits();
    if (count == 0 || count > 9) return false;
    number = 0;
    for (const char* digit = at_ - count; digit != at_; ++digit)
      number = number * 10 + static_cast<std::uint32_t>(*digit - '0');
    return blank();
  }
  bool number() {
    const std::size_t count = digits();
    return count != 0 && count <= 9 && blank();
  }
  bool port(std::uint16_t& port) {
    std::uint32_t number_read = 0;
    if (!number(number_read) || number_read > 65535) return false;
    port = static_cast<std::uint16_t>(number_read);
    return true;
  }
  // The ten digits of no_id as well.
  bool id(std::uint32_t& id) {
    if (take("4294967295")) {
      id = no_id;
      return blank();
    }
    return number(id);
  }
  // Of TCP: of 32 bits.
  bool sequence() {
    const std::size_t count = digits();
    return count != 0 && count <= 10 && blank();
  }
  // "02:00:5e:00:53:01:…"
  bool link_addresses() {
    while (at_ != end_ && (*at_ == ':' || is_hex_digit(*at_))) ++at_;
    return blank();
  }
  // "0x1f"
  bool hex() { return take("0x") && hex_digits() && blank(); }
  // "(020405B4)"
  bool options() { return take("(") && hex_digits() && take(")") && blank(); }

  bool address(AddressMemo& addresses, Address& address) {
    const char* const begin = at_;
    std::uint32_t quad = 0;
    for (int octets = 0;; ++at_) {
      const char* const digits = at_;
      std::uint32_t octet = 0;
      for (; at_ != end_ && is_digit(*at_); ++at_) octet = octet * 10 + static_cast<std::uint32_t>(*at_ - '0');
      const auto length = at_ - digits;
      if (length == 0 || length > 3 || octet > 255 || (length > 1 && *digits == '0') || at_ == end_) break;
      quad = quad << 8 | octet;
      if (++octets == 4) {
        if (!blank()) break;
        address = ipv4(quad);
        return true;
      }
      if (*at_ != '.') break;
    }
    // The kernel writes IPv6 in full: 39 characters.
    at_ = begin;
    if (end_ - at_ < 40 || at_[39] != ' ') return false;
    const auto parsed = addresses.parse({at_, 39});
    if (!parsed || parsed->family != Family::ipv6) return false;
    address = *parsed;
    at_ += 40;
    return true;
  }

 private:
  bool blank() {
    if (at_ == end_) return true;
    if (*at_ != ' ') return false;
    ++at_;
    return true;
  }
  // Passes them and tells how many there were.
  std::size_t digits() {
    const char* const begin = at_;
    if (std::endian::native == std::endian::little && end_ - at_ >= 8) {
      // At most 9 with 0x30 taken off, so that adding 0x76 sets the highest bit of the first byte that is no digit.
      std::uint64_t eight = 0;
      std::memcpy(&eight, at_, sizeof eight);
      eight ^= 0x3030303030303030;
      if (const std::uint64_t others = ((eight + 0x7676767676767676) | eight) & 0x8080808080808080) {
        at_ += std::countr_zero(others) / 8;
        return static_cast<std::size_t>(at_ - begin);
      }
    }
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return static_cast<std::size_t>(at_ - begin);
  }
  bool hex_digits() {
    const char* const begin = at_;
    while (at_ != end_ && is_hex_digit(*at_)) ++at_;
    return at_ != begin;
  }

  const char* at_;
  const char* const end_;
};

bool read_tcp(Cursor& at, Packet& packet) {
  if (!at.take("SPT=") || !at.port(packet.from_port) || !at.take("DPT=") || !at.port(packet.to_port)) return false;
  packet.has_ports = true;
  if (at.take("SEQ=") && !(at.sequence() && at.take("ACK=") && at.sequence())) return false;
  if (!at.take("WINDOW=") || !at.number() || !at.take("RES=") || !at.hex()) return false;
  if (at.take("ACK ")) packet.ack = true;
  if (at.take("PSH ")) packet.other_flags = true;
  if (at.take("RST ")) packet.other_flags = true;
  if (at.take("SYN ")) packet.syn = true;
  if (at.take("FIN ")) packet.other_flags = true;
  return at.take("URGP=") && at.number() && (!at.take("OPT ") || at.options());
}

bool read_udp(Cursor& at, Packet& packet) {
  packet.has_ports = true;
  return at.take("SPT=") && at.port(packet.from_port) && at.take("DPT=") && at.port(packet.to_port) &&
         at.take("LEN=") && at.number();
}

}  // namespace

bool read_usual_packet(std::string_view fields, AddressMemo& addresses, Packet& packet) {
  Cursor at(fields);
  if (at.take("MAC=") && !at.link_addresses()) return false;
  if (!at.take("SRC=") || !at.address(addresses, packet.from) || !at.take("DST=") ||
      !at.address(addresses, packet.to) || !at.take("LEN=") || !at.number(packet.length))
    return false;
  if (at.take("TOS=")) {
    if (!at.hex() || !at.take("PREC=") || !at.hex() || !at.take("TTL=") || !at.number() || !at.take("ID=") ||
        !at.number(packet.id))
      return false;
    at.take("DF ");
  } else if (!at.take("TC=") || !at.number() || !at.take("HOPLIMIT=") || !at.number() || !at.take("FLOWLBL=") ||
             !at.number(packet.id)) {
    return false;
  }
  if (at.take("PROTO=TCP ")) {
    packet.protocol = ip_protocol::tcp;
    if (!read_tcp(at, packet)) return false;
  } else if (at.take("PROTO=UDP ")) {
    packet.protocol = ip_protocol::udp;
    if (!read_udp(at, packet)) return false;
  } else {
    return false;
  }
  if (at.take("UID=") && !(at.id(packet.uid) && at.take("GID=") && at.id(packet.gid))) return false;
  if (at.take("MARK=") && !at.hex()) return false;
  return at.at_end();
}

}  // namespace egressc::sources
