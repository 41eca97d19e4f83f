// What a flow is made of, as values: internet addresses and prefixes, protocols, ports, and ids of users.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace egressc {

enum class Family : std::uint8_t { ipv4 = 4, ipv6 = 6 };

// 128 bits in host order; an IPv4 address is in the low 32 bits of `low`. Ordered by family, then numerically.
struct Address {
  Family family = Family::ipv4;
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  auto operator<=>(const Address&) const = default;
  unsigned bits() const { return family == Family::ipv4 ? 32 : 128; }
};

// The four bytes as one number: 192.0.2.1 is 0xc0000201.
Address ipv4(std::uint32_t host_order);
// 16 bytes in network order. ::ffff:a.b.c.d (RFC 4291, 2.5.5.2) becomes the IPv4 address it stands for.
Address ipv6(const std::uint8_t* network_order);

// Dotted quad without leading zeros, or IPv6 text (RFC 4291, 2.2; also written out in full), without zone or brackets;
// a mapped address becomes IPv4. nullopt for anything else.
std::optional<Address> parse_address(std::string_view text);
// RFC 5952 for IPv6.
std::string to_string(const Address& address);

bool is_loopback(const Address& address);     // 127.0.0.0/8, ::1 (RFC 1122, RFC 4291)
bool is_link_local(const Address& address);   // 169.254.0.0/16, fe80::/10 (RFC 3927, RFC 4291)
bool is_multicast(const Address& address);    // 224.0.0.0/4, ff00::/8 (RFC 5771, RFC 4291)
bool is_unspecified(const Address& address);  // 0.0.0.0/8 ("this network", RFC 791), ::
bool is_broadcast(const Address& address);    // 255.255.255.255 (RFC 919)
// The addresses at which clouds serve instance metadata: 169.254.169.254, fd00:ec2::254 (AWS), 169.254.170.2 (ECS),
// 169.254.169.253 (AWS DNS), 100.100.100.200 (Alibaba), 192.0.0.192 (Oracle), 168.63.129.16 (Azure).
std::span<const Address> metadata_addresses();
// Whether it is one of them, or stands for one.
bool is_metadata(const Address& address);

// The IPv4 addresses that an IPv6 address may stand for, where a translator or a tunnel takes it: NAT64 (RFC 6052, RFC
// 8215), SIIT (RFC 2765), 6to4 (RFC 3056), Teredo (RFC 4380: the client, then the server), ISATAP (RFC 5214), and those
// that are IPv4-compatible (RFC 4291). A prefix that one network alone translates with cannot be known.
class EmbeddedIpv4 {
 public:
  void add(std::uint32_t host_order) { all_[count_++] = Address{Family::ipv4, 0, host_order}; }
  const Address* begin() const { return all_; }
  const Address* end() const { return all_ + count_; }

 private:
  Address all_[5];
  std::size_t count_ = 0;
};
EmbeddedIpv4 embedded_ipv4(const Address& address);

// Inclusive bounds; both of one family.
struct AddressRange {
  Address first;
  Address last;
  auto operator<=>(const AddressRange&) const = default;
};

// A prefix with its host bits zero. Ordered by address, then length.
struct Prefix {
  Address address;
  std::uint8_t length = 32;
  auto operator<=>(const Prefix&) const = default;
  bool is_single() const { return length == address.bits(); }
};

// A single address becomes /32 or /128.
Prefix single(const Address& address);
// "address" or "address/length"; nullopt for bad text, a length out of range, or host bits that are set.
std::optional<Prefix> parse_prefix(std::string_view text);
// The prefix of this length that holds the address; `length` is at most its bits().
Prefix prefix_around(const Address& address, std::uint8_t length);
// Without the length where it is a single address.
std::string to_string(const Prefix& prefix);
// From its first address to its last.
AddressRange range_of(const Prefix& prefix);
// Whether all of the second is in the first.
bool contains(const Prefix& prefix, const Address& address);
bool contains(const Prefix& outer, const Prefix& inner);
// The prefixes of IPv6 whose addresses stand for one of an IPv4 prefix, as far as there are such: a Teredo client,
// ISATAP and most of RFC 8215 have theirs behind bits that may be anything.
std::vector<Prefix> ipv6_forms(const Prefix& prefix);
// Whether a part of the prefix is, or stands for a part of, a private network: RFC 1918, RFC 6598 (carriers), RFC 4193
// (unique local), RFC 3879 (site-local), or link-local (RFC 3927, RFC 4291).
bool is_private(const Prefix& prefix);
// What is not globally reachable by the IANA special-purpose address registries (RFC 6890), without documentation;
// multicast; where clouds serve instance metadata; and what stands for one of them: where a name that others can change
// should not lead.
bool is_inside_address(const Address& address);
// Sorts them, and drops every prefix that another one contains.
void drop_contained(std::vector<Prefix>& prefixes);
// The fewest prefixes that make up the range, in ascending order.
std::vector<Prefix> prefixes_of(const AddressRange& range);
// "203.0.113.0/24", "192.0.2.1-192.0.2.9": a prefix where the range is one.
std::string to_string(const AddressRange& range);
// nullopt at the end (or start) of the family's space.
std::optional<Address> next(const Address& address);
std::optional<Address> previous(const Address& address);

// `any` is tcp and udp. icmp and icmpv6 mean echo requests (types 8 and 128) and have no ports.
enum class Protocol : std::uint8_t { any, tcp, udp, icmp, icmpv6 };
// "any", "tcp"; and back, nullopt for any other word.
std::string_view to_string(Protocol protocol);
std::optional<Protocol> parse_protocol(std::string_view text);

// Inclusive.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 65535;
  auto operator<=>(const PortRange&) const = default;
  bool is_all() const { return first == 0 && last == 65535; }
};
constexpr bool contains(const PortRange& ports, std::uint16_t port) {
  return ports.first <= port && port <= ports.last;
}

// IP protocol numbers (IANA) as logs and packet filters use them; 0 is "the log does not say".
namespace ip_protocol {
inline constexpr std::uint8_t unknown = 0, icmp = 1, tcp = 6, udp = 17, icmpv6 = 58;
inline constexpr std::uint8_t of_services[] = {tcp, udp, icmp, icmpv6};  // in the order of Protocol
}  // namespace ip_protocol
// These have no ports, but types and codes.
constexpr bool is_icmp(std::uint8_t protocol) {
  return protocol == ip_protocol::icmp || protocol == ip_protocol::icmpv6;
}
// The one of a family.
constexpr std::uint8_t icmp_of(Family family) {
  return family == Family::ipv4 ? ip_protocol::icmp : ip_protocol::icmpv6;
}
// The type of an echo request: RFC 792; RFC 4443, 4.1.
constexpr std::uint8_t echo_type(Family family) { return family == Family::ipv4 ? 8 : 128; }
// Every code of an ICMP or ICMPv6 type, where a flow has its port: type << 8 | code.
constexpr PortRange icmp_type(std::uint8_t type) {
  return {static_cast<std::uint16_t>(type << 8), static_cast<std::uint16_t>(type << 8 | 255)};
}
// What a policy calls it.
constexpr Protocol echo_protocol(Family family) { return family == Family::ipv4 ? Protocol::icmp : Protocol::icmpv6; }
// An echo request's type and its code, which is 0, where a flow has its port.
constexpr std::uint16_t echo_port(Family family) { return icmp_type(echo_type(family)).first; }

// What goes to a server's port 53 is a question for a name: RFC 1035, 4.2.
inline constexpr std::uint16_t domain_port = 53;

// The numbers that a protocol of a grant stands for.
constexpr std::span<const std::uint8_t> ip_protocols(Protocol protocol) {
  const std::span all(ip_protocol::of_services);
  return protocol == Protocol::any ? all.first(2) : all.subspan(static_cast<std::size_t>(protocol) - 1, 1);
}

// What a grant opens on its destination: "tcp/443", "udp/1000-2000", "any/53", "tcp" (every port), "icmp".
struct Service {
  Protocol protocol = Protocol::any;
  PortRange ports;
  auto operator<=>(const Service&) const = default;
};
// As above.
std::string to_string(const Service& service);
// nullopt for bad text: unknown protocol, port above 65535, an empty or reversed range, leading zeros, a port for icmp.
std::optional<Service> parse_service(std::string_view text);

// (uid_t)-1 is no user (setreuid(2)), and so stands for "unknown" in uids and gids.
inline constexpr std::uint32_t no_id = 0xffffffff;

// Inclusive; uids or gids.
struct IdRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  auto operator<=>(const IdRange&) const = default;
};

constexpr bool contains(const IdRange& range, std::uint32_t id) { return range.first <= id && id <= range.last; }
inline bool contains(std::span<const IdRange> ranges, std::uint32_t id) {
  return std::any_of(ranges.begin(), ranges.end(), [id](const IdRange& range) { return contains(range, id); });
}

// Names of users, for `uid: name`; from --passwd.
using UserIds = std::map<std::string, std::uint32_t, std::less<>>;

}  // namespace egressc
