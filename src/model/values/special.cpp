// Which addresses are special, and which IPv6 addresses stand for an IPv4 address.
#include <algorithm>
#include <iterator>

#include "egressc/address.h"

namespace egressc::model {
namespace {

struct SpecialNetwork {
  Prefix network;
  bool inside;
};

constexpr Prefix net4(std::uint32_t address, std::uint8_t length) { return {{Family::ipv4, 0, address}, length}; }
constexpr Prefix net6(std::uint64_t high, std::uint8_t length, std::uint64_t low = 0) {
  return {{Family::ipv6, high, low}, length};
}

constexpr Prefix compatible = net6(0, 96);                            // RFC 4291, 2.5.5.1
constexpr Prefix translated = net6(0, 96, 0xffff'0000'0000'0000);     // RFC 2765, 2.1 (SIIT)
constexpr Prefix well_known_nat64 = net6(0x0064'ff9b'0000'0000, 96);  // RFC 6052, 2.1
constexpr Prefix local_nat64 = net6(0x0064'ff9b'0001'0000, 48);       // RFC 8215
constexpr Prefix teredo = net6(0x2001'0000'0000'0000, 32);            // RFC 4380, 4
constexpr Prefix six_to_four = net6(0x2002'0000'0000'0000, 16);       // RFC 3056, 2
constexpr std::uint64_t isatap = 0x5efe;                              // RFC 5214, 6.1: ::0:5efe:a.b.c.d
constexpr std::uint64_t universal = 0x0200'0000;                      // or ::200:5efe:a.b.c.d

// What the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890) call not globally reachable, and multicast.
// The longest prefix counts. Documentation (RFC 5737, RFC 3849, RFC 9637) is not reachable either, and left out: nobody
// is there.
constexpr SpecialNetwork networks[] = {
    {net4(0x00000000, 8), true},                   // RFC 791, 3.2: this network
    {net4(0x0a000000, 8), true},                   // RFC 1918: private use
    {net4(0x64400000, 10), true},                  // RFC 6598: shared address space
    {net4(0x7f000000, 8), true},                   // RFC 1122, 3.2.1.3: loopback
    {net4(0xa9fe0000, 16), true},                  // RFC 3927: link-local
    {net4(0xac100000, 12), true},                  // RFC 1918
    {net4(0xc0000000, 24), true},                  // RFC 6890, 2.1: IETF protocol assignments
    {net4(0xc0a80000, 16), true},                  // RFC 1918
    {net4(0xc6120000, 15), true},                  // RFC 2544: benchmarking
    {net4(0xe0000000, 4), true},                   // RFC 5771: multicast
    {net4(0xf0000000, 4), true},                   // RFC 1112, 4: reserved; RFC 919: limited broadcast
    {net6(0, 127), true},                          // RFC 4291: unspecified and loopback
    {local_nat64, true},                           // RFC 8215: translation within a network
    {net6(0x0100'0000'0000'0000, 64), true},       // RFC 6666: discard only
    {net6(0x0100'0000'0000'0001, 64), true},       // RFC 9780: dummy prefix
    {net6(0x2001'0000'0000'0000, 23), true},       // RFC 2928: IETF protocol assignments, such as 2001:2::/48
    {teredo, false},                               // RFC 4380: as what it carries
    {net6(0x2001'0001'0000'0000, 128, 1), false},  // RFC 7723: Port Control Protocol anycast
    {net6(0x2001'0001'0000'0000, 128, 2), false},  // RFC 8155: TURN anycast
    {net6(0x2001'0003'0000'0000, 32), false},      // RFC 7450: AMT
    {net6(0x2001'0004'0112'0000, 48), false},      // RFC 7535: AS112
    {net6(0x2001'0020'0000'0000, 28), false},      // RFC 7343: ORCHIDv2
    {net6(0x2001'0030'0000'0000, 28), false},      // RFC 9374: drone remote ids
    {net6(0x5f00'0000'0000'0000, 16), true},       // RFC 9602: segment routing
    {net6(0xfc00'0000'0000'0000, 7), true},        // RFC 4193: unique local
    {net6(0xfe80'0000'0000'0000, 10), true},       // RFC 4291: link-local
    {net6(0xfec0'0000'0000'0000, 10), true},       // RFC 3879: site-local
    {net6(0xff00'0000'0000'0000, 8), true},        // RFC 4291: multicast
};

// Of them, those of somebody's own network.
constexpr Prefix own_networks[] = {
    net4(0x0a000000, 8),
    net4(0xac100000, 12),
    net4(0xc0a80000, 16),
    net4(0x64400000, 10),
    net4(0xa9fe0000, 16),
    net6(0xfc00'0000'0000'0000, 7),
    net6(0xfe80'0000'0000'0000, 10),
    net6(0xfec0'0000'0000'0000, 10),
};

constexpr Address metadata[] = {
    {Family::ipv4, 0, 0xa9fea9fe},
    {Family::ipv4, 0, 0xa9feaa02},
    {Family::ipv4, 0, 0xa9fea9fd},
    {Family::ipv4, 0, 0x646464c8},
    {Family::ipv4, 0, 0xc00000c0},
    {Family::ipv4, 0, 0xa83f8110},
    {Family::ipv6, 0xfd00'0ec2'0000'0000, 0x254},
};

bool is_inside_network(const Address& address) {
  const SpecialNetwork* longest = nullptr;
  for (const SpecialNetwork& row : networks)
    if (contains(row.network, address) && (longest == nullptr || row.network.length > longest->network.length))
      longest = &row;
  return longest != nullptr && longest->inside;
}

bool is_metadata_address(const Address& address) {
  return std::find(std::begin(metadata), std::end(metadata), address) != std::end(metadata);
}

bool touches(const Prefix& a, const Prefix& b) { return contains(a, b) || contains(b, a); }

// The addresses that have those of the IPv4 prefix behind that many bits: 16, 32 or 96.
Prefix with_ipv4(const Prefix& network, const Prefix& prefix, unsigned bits) {
  Prefix form{network.address, static_cast<std::uint8_t>(bits + prefix.length)};
  if (bits == 96)
    form.address.low |= prefix.address.low;
  else
    form.address.high |= prefix.address.low << (32 - bits);
  return form;
}

// RFC 6052, 2.2: half of it stands before bit 64, and half behind bit 72.
Prefix divided(const Prefix& network, const Prefix& prefix) {
  Prefix form = network;
  form.address.high |= prefix.address.low >> 16;
  form.address.low |= (prefix.address.low & 0xffff) << 40;
  form.length = static_cast<std::uint8_t>(48 + prefix.length + (prefix.length > 16 ? 8 : 0));
  return form;
}

}  // namespace
}  // namespace egressc::model

namespace egressc {

// The bits count from the left, from 0. Where the local-use prefix is divided is not known: RFC 6052, 2.2 has the
// address behind 48, 56, 64 or 96 bits, and leaves out those from 64 to 71.
EmbeddedIpv4 embedded_ipv4(const Address& address) {
  using namespace model;
  EmbeddedIpv4 found;
  if (address.family != Family::ipv6) return found;
  const auto [family, high, low] = address;
  const std::uint64_t last = low & 0xffffffff;
  if (contains(local_nat64, address)) {
    for (const std::uint64_t reading : {(high & 0xffff) << 16 | (low >> 40 & 0xffff),
                                        (high & 0xff) << 24 | (low >> 32 & 0xffffff), low >> 24 & 0xffffffff, last})
      if (reading != 0) found.add(static_cast<std::uint32_t>(reading));
  } else if (contains(six_to_four, address)) {
    found.add(static_cast<std::uint32_t>(high >> 16));
  } else if (contains(teredo, address)) {
    found.add(static_cast<std::uint32_t>(~low));
    found.add(static_cast<std::uint32_t>(high));
  } else if (contains(well_known_nat64, address) || contains(translated, address) ||
             (contains(compatible, address) && low > 1)) {
    found.add(static_cast<std::uint32_t>(last));
  }
  if ((low >> 32 & ~universal) == isatap) found.add(static_cast<std::uint32_t>(last));
  return found;
}

std::vector<Prefix> ipv6_forms(const Prefix& prefix) {
  using namespace model;
  std::vector<Prefix> forms;
  if (prefix.address.family != Family::ipv4) return forms;
  for (const Prefix& network : {translated, well_known_nat64, local_nat64})
    forms.push_back(with_ipv4(network, prefix, 96));
  forms.push_back(with_ipv4(six_to_four, prefix, 16));
  forms.push_back(with_ipv4(teredo, prefix, 32));
  forms.push_back(divided(local_nat64, prefix));
  // :: and ::1 stand for no IPv4 address.
  AddressRange range = range_of(with_ipv4(compatible, prefix, 96));
  range.first.low = std::max<std::uint64_t>(range.first.low, 2);
  if (range.first <= range.last)
    for (const Prefix& part : prefixes_of(range)) forms.push_back(part);
  return forms;
}

std::span<const Address> metadata_addresses() { return model::metadata; }

bool is_metadata(const Address& address) {
  const EmbeddedIpv4 embedded = embedded_ipv4(address);
  return model::is_metadata_address(address) ||
         std::any_of(embedded.begin(), embedded.end(), model::is_metadata_address);
}

bool is_private(const Prefix& prefix) {
  using namespace model;
  const EmbeddedIpv4 embedded = embedded_ipv4(prefix.address);
  return std::any_of(std::begin(own_networks), std::end(own_networks), [&](const Prefix& network) {
    if (touches(network, prefix)) return true;
    const auto is_within = [&](const Address& address) { return contains(network, address); };
    if (prefix.is_single()) return std::any_of(embedded.begin(), embedded.end(), is_within);
    const auto forms = ipv6_forms(network);
    return std::any_of(forms.begin(), forms.end(), [&](const Prefix& form) { return touches(form, prefix); });
  });
}

bool is_inside_address(const Address& address) {
  using namespace model;
  const auto is_inside = [](const Address& one) { return is_inside_network(one) || is_metadata_address(one); };
  const EmbeddedIpv4 embedded = embedded_ipv4(address);
  return is_inside(address) || std::any_of(embedded.begin(), embedded.end(), is_inside);
}

}  // namespace egressc
