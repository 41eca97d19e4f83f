#include "egressc/address.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "model/decimal.h"

namespace egressc {
namespace {

std::optional<std::uint32_t> parse_quad(std::string_view text) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    if (i != 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
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
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
  }
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
    if (text.starts_with("::")) {
      if (gap) return std::nullopt;
      gap = count;
      text.remove_prefix(2);
    } else if (text.starts_with(':') && text.size() > 1) {
      text.remove_prefix(1);
    } else {
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

}  // namespace

Address ipv4(std::uint32_t host_order) { return {Family::ipv4, 0, host_order}; }

Address ipv6(const std::uint8_t* network_order) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (int i = 0; i < 8; ++i) {
    high = high << 8 | network_order[i];
    low = low << 8 | network_order[i + 8];
  }
  return from_halves(high, low);
}

std::optional<Address> parse_address(std::string_view text) {
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
  if (address.family == Family::ipv6) return ipv6_text(address);
  char text[15];
  char* end = text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (end != text) *end++ = '.';
    end = std::to_chars(end, text + sizeof text, address.low >> shift & 255).ptr;
  }
  return {text, end};
}

bool is_loopback(const Address& address) {
  return in_v4(address, 0x7f000000, 8) || (address.family == Family::ipv6 && address.high == 0 && address.low == 1);
}

bool is_link_local(const Address& address) {
  return in_v4(address, 0xa9fe0000, 16) || (address.family == Family::ipv6 && address.high >> 54 == 0xfe80 >> 6);
}

bool is_multicast(const Address& address) {
  return in_v4(address, 0xe0000000, 4) || (address.family == Family::ipv6 && address.high >> 56 == 0xff);
}

bool is_unspecified(const Address& address) {
  return in_v4(address, 0, 8) || (address.family == Family::ipv6 && address.high == 0 && address.low == 0);
}

bool is_broadcast(const Address& address) { return address == ipv4(0xffffffff); }

std::span<const Address> metadata_addresses() {
  static constexpr Address all[] = {
      {Family::ipv4, 0, 0xa9fea9fe},
      {Family::ipv4, 0, 0xa9feaa02},
      {Family::ipv4, 0, 0xa9fea9fd},
      {Family::ipv4, 0, 0x646464c8},
      {Family::ipv4, 0, 0xc00000c0},
      {Family::ipv4, 0, 0xa83f8110},
      {Family::ipv6, 0xfd000ec200000000, 0x254},
  };
  return all;
}

bool is_metadata(const Address& address) {
  const auto all = metadata_addresses();
  return std::find(all.begin(), all.end(), address) != all.end();
}

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

}  // namespace egressc
