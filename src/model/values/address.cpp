#include "egressc/address.h"

#include <array>
#include <iterator>

#include "model/words/text.h"
#include "model/words/words.h"

namespace egressc::model {
namespace {

std::optional<std::uint32_t> parse_quad(std::string_view text) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    if (i != 0 && !take(text, ".")) return std::nullopt;
    const auto octet = take_decimal(text, 255);
    if (!octet) return std::nullopt;
    value = value << 8 | *octet;
  }
  if (!text.empty()) return std::nullopt;
  return value;
}

std::optional<unsigned> hex_digit(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

using Groups = std::array<std::uint16_t, 8>;

// RFC 4291, 2.2: up to eight groups of up to four hex digits, one "::", and a dotted quad in the last two groups.
std::optional<Groups> parse_groups(std::string_view text) {
  Groups groups{};
  std::size_t count = 0;
  std::optional<std::size_t> gap;
  if (take(text, "::")) gap = 0;
  while (!text.empty()) {
    if (count == 8) return std::nullopt;
    if (const auto end = text.find(':'); end == text.npos && text.find('.') != text.npos) {
      const auto quad = parse_quad(text);
      if (!quad || count > 6) return std::nullopt;
      groups[count++] = static_cast<std::uint16_t>(*quad >> 16);
      groups[count++] = static_cast<std::uint16_t>(*quad & 0xffff);
      text = {};
      break;
    }
    unsigned value = 0;
    std::size_t digits = 0;
    for (; digits < text.size(); ++digits) {
      const auto digit = hex_digit(text[digits]);
      if (!digit) break;
      if (digits == 4) return std::nullopt;
      value = value << 4 | *digit;
    }
    if (digits == 0) return std::nullopt;
    groups[count++] = static_cast<std::uint16_t>(value);
    text.remove_prefix(digits);
    if (text.empty()) break;
    if (take(text, "::")) {
      if (gap) return std::nullopt;
      gap = count;
    } else if (!take(text, ":") || text.empty()) {
      return std::nullopt;
    }
  }
  if (!gap) return count == 8 ? std::optional(groups) : std::nullopt;
  if (count > 7) return std::nullopt;
  const auto from = groups.begin() + static_cast<std::ptrdiff_t>(*gap);
  const auto used = groups.begin() + static_cast<std::ptrdiff_t>(count);
  std::move_backward(from, used, groups.end());
  std::fill(from, groups.end() - (used - from), std::uint16_t{0});
  return groups;
}

Address from_halves(std::uint64_t high, std::uint64_t low) {
  if (high == 0 && low >> 32 == 0xffff) return ipv4(static_cast<std::uint32_t>(low));
  return {Family::ipv6, high, low};
}

std::string ipv6_text(const Address& address) {
  Groups groups{};
  for (std::size_t i = 0; i < 4; ++i) {
    groups[i] = static_cast<std::uint16_t>(address.high >> (48 - 16 * i));
    groups[i + 4] = static_cast<std::uint16_t>(address.low >> (48 - 16 * i));
  }
  // RFC 5952, 4.2: the longest run of at least two zero groups, the first of equals.
  std::size_t best = 8;
  std::size_t best_length = 1;
  for (std::size_t start = 0; start < 8;) {
    std::size_t end = start;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - start > best_length) {
      best = start;
      best_length = end - start;
    }
    start = end + 1;
  }
  std::string text;
  for (std::size_t i = 0; i < 8;) {
    if (i == best) {
      text += "::";
      i += best_length;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    char digits[4];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, groups[i++], 16).ptr);
  }
  return text;
}

bool in_v4(const Address& address, std::uint32_t network, unsigned length) {
  return address.family == Family::ipv4 && (static_cast<std::uint32_t>(address.low) ^ network) >> (32 - length) == 0;
}

// The host part of a prefix, as (high, low).
std::pair<std::uint64_t, std::uint64_t> host_mask(unsigned bits, unsigned length) {
  const unsigned host = bits - length;
  if (host == 0) return {0, 0};
  if (host >= 128) return {~0ULL, ~0ULL};
  if (host > 64) return {(1ULL << (host - 64)) - 1, ~0ULL};
  if (host == 64) return {0, ~0ULL};
  return {0, (1ULL << host) - 1};
}

unsigned trailing_zeros(const Address& address) {
  const unsigned zeros = address.low != 0
                             ? static_cast<unsigned>(__builtin_ctzll(address.low))
                             : (address.high != 0 ? 64 + static_cast<unsigned>(__builtin_ctzll(address.high)) : 128);
  return std::min(zeros, address.bits());
}

}  // namespace
}  // namespace egressc::model

namespace egressc {

Address ipv4(std::uint32_t host_order) { return {Family::ipv4, 0, host_order}; }

Address ipv6(const std::uint8_t* network_order) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (int i = 0; i < 8; ++i) {
    high = high << 8 | network_order[i];
    low = low << 8 | network_order[i + 8];
  }
  return model::from_halves(high, low);
}

std::optional<Address> parse_address(std::string_view text) {
  using namespace model;
  if (text.size() > 45) return std::nullopt;  // INET6_ADDRSTRLEN - 1
  if (text.find(':') == text.npos) {
    const auto quad = parse_quad(text);
    if (!quad) return std::nullopt;
    return ipv4(*quad);
  }
  const auto groups = parse_groups(text);
  if (!groups) return std::nullopt;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    high = high << 16 | (*groups)[i];
    low = low << 16 | (*groups)[i + 4];
  }
  return from_halves(high, low);
}

std::string to_string(const Address& address) {
  if (address.family == Family::ipv6) return model::ipv6_text(address);
  char text[15];
  char* end = text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (end != text) *end++ = '.';
    end = std::to_chars(end, text + sizeof text, address.low >> shift & 255).ptr;
  }
  return {text, end};
}

bool is_loopback(const Address& address) {
  return model::in_v4(address, 0x7f000000, 8) ||
         (address.family == Family::ipv6 && address.high == 0 && address.low == 1);
}

bool is_link_local(const Address& address) {
  return model::in_v4(address, 0xa9fe0000, 16) || (address.family == Family::ipv6 && address.high >> 54 == 0xfe80 >> 6);
}

bool is_multicast(const Address& address) {
  return model::in_v4(address, 0xe0000000, 4) || (address.family == Family::ipv6 && address.high >> 56 == 0xff);
}

bool is_unspecified(const Address& address) {
  return model::in_v4(address, 0, 8) || (address.family == Family::ipv6 && address.high == 0 && address.low == 0);
}

bool is_broadcast(const Address& address) { return address == ipv4(0xffffffff); }

std::optional<Address> next(const Address& address) {
  Address result = address;
  if (address.family == Family::ipv4) {
    if (address.low == 0xffffffff) return std::nullopt;
    ++result.low;
    return result;
  }
  if (++result.low == 0 && ++result.high == 0) return std::nullopt;
  return result;
}

std::optional<Address> previous(const Address& address) {
  if (address.high == 0 && address.low == 0) return std::nullopt;
  Address result = address;
  if (result.low-- == 0) --result.high;
  return result;
}

Prefix single(const Address& address) { return {address, static_cast<std::uint8_t>(address.bits())}; }

Prefix prefix_around(const Address& address, std::uint8_t length) {
  const auto [high, low] = model::host_mask(address.bits(), length);
  Prefix prefix{address, length};
  prefix.address.high &= ~high;
  prefix.address.low &= ~low;
  return prefix;
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == text.npos) return single(*address);
  std::string_view rest = text.substr(slash + 1);
  const auto length = take_decimal(rest, address->bits());
  if (!length || !rest.empty()) return std::nullopt;
  // "::ffff:192.0.2.0/120" would silently change its meaning.
  if (address->family == Family::ipv4 && text.find(':') != text.npos) return std::nullopt;
  const auto [high, low] = model::host_mask(address->bits(), *length);
  if ((address->high & high) != 0 || (address->low & low) != 0) return std::nullopt;
  return Prefix{*address, static_cast<std::uint8_t>(*length)};
}

std::string to_string(const Prefix& prefix) {
  if (prefix.is_single()) return to_string(prefix.address);
  return to_string(prefix.address) + '/' + std::to_string(prefix.length);
}

AddressRange range_of(const Prefix& prefix) {
  const auto [high, low] = model::host_mask(prefix.address.bits(), prefix.length);
  Address last = prefix.address;
  last.high |= high;
  last.low |= low;
  return {prefix.address, last};
}

bool contains(const Prefix& prefix, const Address& address) {
  if (prefix.address.family != address.family) return false;
  const auto [high, low] = model::host_mask(address.bits(), prefix.length);
  return (address.high & ~high) == prefix.address.high && (address.low & ~low) == prefix.address.low;
}

bool contains(const Prefix& outer, const Prefix& inner) {
  return outer.length <= inner.length && contains(outer, inner.address);
}

void drop_contained(std::vector<Prefix>& prefixes) {
  std::sort(prefixes.begin(), prefixes.end());
  auto kept = prefixes.begin();
  for (auto at = prefixes.begin(); at != prefixes.end(); ++at)
    if (kept == prefixes.begin() || !contains(*(kept - 1), *at)) *kept++ = *at;
  prefixes.erase(kept, prefixes.end());
}

std::vector<Prefix> prefixes_of(const AddressRange& range) {
  std::vector<Prefix> prefixes;
  Address at = range.first;
  for (;;) {
    // The largest aligned block that begins here and does not end after the range does.
    Prefix block{at, static_cast<std::uint8_t>(at.bits() - model::trailing_zeros(at))};
    while (range_of(block).last > range.last) ++block.length;
    prefixes.push_back(block);
    const Address last = range_of(block).last;
    if (last == range.last) return prefixes;
    at = *next(last);
  }
}

std::string to_string(const AddressRange& range) {
  const std::vector<Prefix> prefixes = prefixes_of(range);
  if (prefixes.size() == 1) return to_string(prefixes.front());
  return to_string(range.first) + "-" + to_string(range.last);
}

std::string_view to_string(Protocol protocol) {
  constexpr std::string_view words[] = {"any", "tcp", "udp", "icmp", "icmpv6"};
  return words[static_cast<std::size_t>(protocol)];
}

std::optional<Protocol> parse_protocol(std::string_view text) {
  for (const Protocol protocol : {Protocol::any, Protocol::tcp, Protocol::udp, Protocol::icmp, Protocol::icmpv6})
    if (text == to_string(protocol)) return protocol;
  return std::nullopt;
}

std::string to_string(const Service& service) {
  const std::string text(to_string(service.protocol));
  return service.ports.is_all() ? text : text + '/' + port_text(service.ports);
}

std::optional<Service> parse_service(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto protocol = parse_protocol(text.substr(0, slash));
  if (!protocol) return std::nullopt;
  if (slash == text.npos) return Service{*protocol, {}};
  if (*protocol == Protocol::icmp || *protocol == Protocol::icmpv6) return std::nullopt;
  text.remove_prefix(slash + 1);
  const auto first = take_decimal(text, 65535);
  auto last = first;
  if (first && take(text, "-")) last = take_decimal(text, 65535);
  if (!first || !last || !text.empty() || *last < *first || *last == 0) return std::nullopt;
  return Service{*protocol, {static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)}};
}

}  // namespace egressc
