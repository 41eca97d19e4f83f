#include <algorithm>
#include <iterator>

#include "egressc/address.h"
#include "model/decimal.h"

namespace egressc {
namespace {

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

Prefix single(const Address& address) { return {address, static_cast<std::uint8_t>(address.bits())}; }

Prefix prefix_around(const Address& address, std::uint8_t length) {
  const auto [high, low] = host_mask(address.bits(), length);
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
  const auto [high, low] = host_mask(address->bits(), *length);
  if ((address->high & high) != 0 || (address->low & low) != 0) return std::nullopt;
  return Prefix{*address, static_cast<std::uint8_t>(*length)};
}

std::string to_string(const Prefix& prefix) {
  if (prefix.is_single()) return to_string(prefix.address);
  return to_string(prefix.address) + '/' + std::to_string(prefix.length);
}

AddressRange range_of(const Prefix& prefix) {
  const auto [high, low] = host_mask(prefix.address.bits(), prefix.length);
  Address last = prefix.address;
  last.high |= high;
  last.low |= low;
  return {prefix.address, last};
}

bool contains(const Prefix& prefix, const Address& address) {
  if (prefix.address.family != address.family) return false;
  const auto [high, low] = host_mask(address.bits(), prefix.length);
  return (address.high & ~high) == prefix.address.high && (address.low & ~low) == prefix.address.low;
}

bool contains(const Prefix& outer, const Prefix& inner) {
  return outer.length <= inner.length && contains(outer, inner.address);
}

bool is_private(const Prefix& prefix) {
  static constexpr Prefix networks[] = {
      {{Family::ipv4, 0, 0x0a000000}, 8},          {{Family::ipv4, 0, 0xac100000}, 12},
      {{Family::ipv4, 0, 0xc0a80000}, 16},         {{Family::ipv4, 0, 0x64400000}, 10},
      {{Family::ipv4, 0, 0xa9fe0000}, 16},         {{Family::ipv6, 0xfc00000000000000, 0}, 7},
      {{Family::ipv6, 0xfe80000000000000, 0}, 10},
  };
  return std::any_of(std::begin(networks), std::end(networks),
                     [&](const Prefix& network) { return contains(network, prefix) || contains(prefix, network); });
}

bool is_inside_address(const Address& address) {
  return is_loopback(address) || is_private(single(address)) || is_multicast(address) || is_unspecified(address) ||
         is_broadcast(address) || is_metadata(address);
}

std::vector<Prefix> prefixes_of(const AddressRange& range) {
  std::vector<Prefix> prefixes;
  Address at = range.first;
  for (;;) {
    // The largest aligned block that begins here and does not end after the range does.
    Prefix block{at, static_cast<std::uint8_t>(at.bits() - trailing_zeros(at))};
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

}  // namespace egressc
