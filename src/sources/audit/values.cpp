#include <algorithm>

#include "sources/audit/events.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

bool decode_hex(std::string_view text, TextBuffer& buffer, std::size_t& size) {
  if (text.empty() || text.size() % 2 != 0) return false;
  size = 0;
  for (std::size_t i = 0; i < text.size() && size < buffer.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    buffer[size++] = static_cast<char>(high << 4 | low);
  }
  return true;
}

// netinet/in.h
constexpr std::size_t inet_size = 8;    // without sin_zero, which may hold anything
constexpr std::size_t inet6_size = 24;  // without sin6_scope_id (SIN6_LEN_RFC2133)

Peer peer_of(Peer::Kind kind, ByteOrder order = ByteOrder::unknown) {
  Peer peer;
  peer.kind = kind;
  peer.order = order;
  return peer;
}

Peer read_hex(std::string_view text) {
  std::array<std::uint8_t, inet6_size> bytes{};
  std::size_t digits = 0;
  for (; digits < text.size() && digits < 2 * bytes.size(); ++digits) {
    const int digit = hex_digit(text[digits]);
    if (digit < 0) break;
    bytes[digits / 2] = static_cast<std::uint8_t>(bytes[digits / 2] << 4 | digit);
  }
  const std::size_t size = digits / 2;
  if (size < 2 || digits % 2 != 0) return peer_of(Peer::Kind::damaged);
  // No family is above 255: one of its two bytes is zero, and which one it is tells the byte order.
  if (bytes[0] != 0 && bytes[1] != 0) return peer_of(Peer::Kind::other);
  const unsigned family = bytes[0] | bytes[1];
  const ByteOrder order = family == 0 ? ByteOrder::unknown : bytes[1] == 0 ? ByteOrder::little : ByteOrder::big;
  if (family == af_unspec) return peer_of(Peer::Kind::unspecified);
  if (family != af_inet && family != af_inet6) return peer_of(Peer::Kind::other, order);
  if (size < (family == af_inet ? inet_size : inet6_size)) return peer_of(Peer::Kind::damaged);
  Peer peer = peer_of(Peer::Kind::internet, order);
  peer.port = static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]);
  peer.to = family == af_inet ? ipv4(static_cast<std::uint32_t>(bytes[4]) << 24 |
                                     static_cast<std::uint32_t>(bytes[5] << 16 | bytes[6] << 8 | bytes[7]))
                              : ipv6(bytes.data() + 8);
  return peer;
}

// The rest of the word that begins with `name`, such as "=" and a value; the word must be the next one.
std::optional<std::string_view> take_value(std::string_view& text, std::string_view name) {
  if (!take(text, name)) return std::nullopt;
  return take_word(text);
}

Peer endpoint(std::string_view text, std::string_view address_name, std::string_view port_name) {
  const auto address = take_value(text, address_name);
  const auto port = take_value(text, port_name);
  if (!address || !port) return peer_of(Peer::Kind::damaged);
  const auto to = parse_address(*address);
  const auto number = parse_number<std::uint64_t>(*port);
  if (!to || !number || *number > 65535) return peer_of(Peer::Kind::damaged);
  Peer peer = peer_of(Peer::Kind::internet);
  peer.to = *to;
  peer.port = static_cast<std::uint16_t>(*number);
  return peer;
}

// "saddr_fam=inet laddr=192.0.2.1 lport=443 }", before audit 2.8 "fam=inet laddr=…", and right after the brace.
Peer read_braced(std::string_view text) {
  auto family = take_value(text, "saddr_fam=");
  if (!family) family = take_value(text, "fam=");
  if (!family) return peer_of(Peer::Kind::damaged);
  if (*family == "inet" || *family == "inet6") return endpoint(text, "laddr=", "lport=");
  return peer_of(Peer::Kind::other);
}

}  // namespace

std::optional<std::uint64_t> hex(std::string_view text) {
  take(text, "0x");
  std::uint64_t number = 0;
  for (const char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0 || number >> 60 != 0) return std::nullopt;
    number = number << 4 | static_cast<std::uint64_t>(digit);
  }
  return text.empty() ? std::nullopt : std::optional(number);
}

std::uint32_t user_or_group(std::string_view text, const UserIds* known) {
  if (text == "root") return 0;
  if (text == "4294967295") return no_id;
  const std::string_view name = text;
  if (text.ends_with(')') && take(text, "unknown(")) text.remove_suffix(1);
  const auto number = parse_number<std::uint64_t>(text);
  if (number) return *number < no_id ? static_cast<std::uint32_t>(*number) : no_id;
  if (known == nullptr || name.empty() || name == "unset") return no_id;
  const auto named = known->find(name);
  return named == known->end() ? no_id : named->second;
}

std::string_view text_value(std::string_view value, bool interpreted, TextBuffer& buffer) {
  if (value == "(null)") return {};
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"') && !interpreted)
    return value.substr(1, std::min(value.size() - 2, buffer.size()));
  std::size_t size = 0;
  if (!interpreted && decode_hex(value, buffer, size)) return {buffer.data(), size};
  return value.substr(0, buffer.size());
}

Peer read_peer(std::string_view text) {
  if (text.starts_with("{ ")) return read_braced(text.substr(2));
  if (text.starts_with("unknown-family(0)")) return peer_of(Peer::Kind::unspecified);
  // audit before 2.7: "inet host:192.0.2.1 serv:443"
  if (take(text, "inet ") || take(text, "inet6 ")) return endpoint(text, "host:", "serv:");
  if (text.empty() || text[0] == ' ') return peer_of(Peer::Kind::damaged);
  if (text.size() > 1 && hex_digit(text[0]) >= 0 && hex_digit(text[1]) >= 0) return read_hex(text);
  return peer_of(Peer::Kind::other);
}

}  // namespace egressc::sources
