#include "readers/meaning/numbers.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <iterator>
#include <span>

namespace egressc::readers {

Ranges ranges_of(std::vector<Range> any) {
  any.erase(std::remove_if(any.begin(), any.end(), [](const Range& range) { return range.first > range.last; }),
            any.end());
  std::sort(any.begin(), any.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  Ranges made;
  for (const Range& range : any) {
    // first - 1: last + 1 could overflow, and where first is 0 the one before begins at 0 too
    if (!made.empty() && (range.first <= made.back().last || range.first - 1 == made.back().last))
      made.back().last = std::max(made.back().last, range.last);
    else
      made.push_back(range);
  }
  return made;
}

Ranges intersection(const Ranges& a, const Ranges& b) {
  Ranges made;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const Range both{std::max(a[i].first, b[j].first), std::min(a[i].last, b[j].last)};
    if (both.first <= both.last) made.push_back(both);
    if (a[i].last < b[j].last)
      ++i;
    else
      ++j;
  }
  return made;
}

Ranges complement(const Ranges& ranges, Number last) {
  Ranges made;
  Number next = 0;
  for (const Range& range : ranges) {
    if (range.first > next) made.push_back({next, range.first - 1});
    if (range.last >= last) return made;
    next = range.last + 1;
  }
  made.push_back({next, last});
  return made;
}

namespace {

struct NamedProtocol {
  std::string_view name;
  std::uint8_t number;
};

// Those of Debian's /etc/protocols, where iptables looks names up, and those that it knows itself.
constexpr NamedProtocol protocols[] = {{"ah", 51},
                                       {"ax.25", 93},
                                       {"dccp", 33},
                                       {"ddp", 37},
                                       {"egp", 8},
                                       {"eigrp", 88},
                                       {"encap", 98},
                                       {"esp", 50},
                                       {"etherip", 97},
                                       {"ethernet", 143},
                                       {"fc", 133},
                                       {"ggp", 3},
                                       {"gre", 47},
                                       {"hip", 139},
                                       {"hmp", 20},
                                       {"icmp", 1},
                                       {"icmpv6", 58},
                                       {"idpr-cmtp", 38},
                                       {"idrp", 45},
                                       {"igmp", 2},
                                       {"igp", 9},
                                       {"ipcomp", 108},
                                       {"ipencap", 4},
                                       {"ipip", 94},
                                       {"ipv6", 41},
                                       {"ipv6-frag", 44},
                                       {"ipv6-icmp", 58},
                                       {"ipv6-mh", 135},
                                       {"ipv6-nonxt", 59},
                                       {"ipv6-opts", 60},
                                       {"ipv6-route", 43},
                                       {"isis", 124},
                                       {"iso-tp4", 29},
                                       {"l2tp", 115},
                                       {"manet", 138},
                                       {"mh", 135},
                                       {"mobility-header", 135},
                                       {"mpls-in-ip", 137},
                                       {"ospf", 89},
                                       {"pim", 103},
                                       {"pup", 12},
                                       {"rdp", 27},
                                       {"rohc", 142},
                                       {"rspf", 73},
                                       {"rsvp", 46},
                                       {"sctp", 132},
                                       {"shim6", 140},
                                       {"skip", 57},
                                       {"st", 5},
                                       {"tcp", 6},
                                       {"udp", 17},
                                       {"udplite", 136},
                                       {"vmtp", 81},
                                       {"vrrp", 112},
                                       {"wesp", 141},
                                       {"xns-idp", 22},
                                       {"xtp", 36}};

Number embedded(const Address& address) { return Number{address.high} << 64 | address.low; }

std::optional<unsigned> parse_mask(std::string_view text, Family family) {
  const unsigned bits = family == Family::ipv4 ? 32 : 128;
  if (const auto length = parse_number(text, bits)) return static_cast<unsigned>(*length);
  const auto mask = parse_plain_address(text, family);
  if (!mask) return std::nullopt;
  const Number all = family == Family::ipv4 ? Number{0xffffffff} : ~Number{0};
  const Number host = ~*mask & all;
  if ((host & (host + 1)) != 0) return std::nullopt;  // not a prefix
  return bits - static_cast<unsigned>(std::popcount(static_cast<std::uint64_t>(host >> 64)) +
                                      std::popcount(static_cast<std::uint64_t>(host)));
}

}  // namespace

std::string_view take_item(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view item = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return item;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t last) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;  // octal and hexadecimal for xtables
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > last) return std::nullopt;
  return value;
}

std::optional<Range> parse_range(std::string_view text, char separator, std::uint64_t last) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) {
    const auto value = parse_number(text, last);
    return value ? std::optional<Range>({*value, *value}) : std::nullopt;
  }
  const bool open = separator == ':' && text.size() > 1;
  const auto first = open && at == 0 ? std::uint64_t{0} : parse_number(text.substr(0, at), last);
  const auto second = open && at + 1 == text.size() ? last : parse_number(text.substr(at + 1), last);
  if (!first || !second || *first > *second) return std::nullopt;
  return Range{*first, *second};
}

std::optional<Number> parse_plain_address(std::string_view text, Family family) {
  if ((text.find(':') != std::string_view::npos) != (family == Family::ipv6)) return std::nullopt;
  const auto address = parse_address(text);
  if (!address) return std::nullopt;
  // parse_address() gives a mapped address as IPv4; in an IPv6 header it is what it was written as.
  const bool mapped = family == Family::ipv6 && address->family == Family::ipv4;
  return mapped ? embedded(*address) | Number{0xffff} << 32 : embedded(*address);
}

std::optional<Range> parse_network(std::string_view text, Family family) {
  const std::size_t slash = text.find('/');
  const auto address = parse_plain_address(text.substr(0, slash), family);
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Range{*address, *address};
  const auto length = parse_mask(text.substr(slash + 1), family);
  if (!length) return std::nullopt;
  const unsigned free = (family == Family::ipv4 ? 32 : 128) - *length;
  const Number host = free == 128 ? ~Number{0} : (Number{1} << free) - 1;
  return Range{*address & ~host, *address | host};
}

std::optional<Range> parse_ip_protocol(std::string_view text) {
  if (text == "all" || text == "0") return Range{0, 255};
  if (const auto number = parse_number(text, 255)) return Range{*number, *number};
  const auto found = std::find_if(std::begin(protocols), std::end(protocols),
                                  [text](const NamedProtocol& protocol) { return protocol.name == text; });
  if (found == std::end(protocols)) return std::nullopt;
  return Range{found->number, found->number};
}

namespace {

constexpr int every_code = -1;

struct NamedType {
  std::string_view name;
  int type;
  int code;
};

// The names of iptables-extensions(8), which `iptables -p icmp -h` lists.
constexpr NamedType icmp_types[] = {
    {"echo-reply", 0, every_code},
    {"pong", 0, every_code},
    {"destination-unreachable", 3, every_code},
    {"network-unreachable", 3, 0},
    {"host-unreachable", 3, 1},
    {"protocol-unreachable", 3, 2},
    {"port-unreachable", 3, 3},
    {"fragmentation-needed", 3, 4},
    {"source-route-failed", 3, 5},
    {"network-unknown", 3, 6},
    {"host-unknown", 3, 7},
    {"network-prohibited", 3, 9},
    {"host-prohibited", 3, 10},
    {"TOS-network-unreachable", 3, 11},
    {"TOS-host-unreachable", 3, 12},
    {"communication-prohibited", 3, 13},
    {"host-precedence-violation", 3, 14},
    {"precedence-cutoff", 3, 15},
    {"source-quench", 4, every_code},
    {"redirect", 5, every_code},
    {"network-redirect", 5, 0},
    {"host-redirect", 5, 1},
    {"TOS-network-redirect", 5, 2},
    {"TOS-host-redirect", 5, 3},
    {"echo-request", 8, every_code},
    {"ping", 8, every_code},
    {"router-advertisement", 9, every_code},
    {"router-solicitation", 10, every_code},
    {"time-exceeded", 11, every_code},
    {"ttl-exceeded", 11, every_code},
    {"ttl-zero-during-transit", 11, 0},
    {"ttl-zero-during-reassembly", 11, 1},
    {"parameter-problem", 12, every_code},
    {"ip-header-bad", 12, 0},
    {"required-option-missing", 12, 1},
    {"timestamp-request", 13, every_code},
    {"timestamp-reply", 14, every_code},
    {"address-mask-request", 17, every_code},
    {"address-mask-reply", 18, every_code},
};

constexpr NamedType icmpv6_types[] = {
    {"destination-unreachable", 1, every_code},
    {"no-route", 1, 0},
    {"communication-prohibited", 1, 1},
    {"beyond-scope", 1, 2},
    {"address-unreachable", 1, 3},
    {"port-unreachable", 1, 4},
    {"failed-policy", 1, 5},
    {"reject-route", 1, 6},
    {"packet-too-big", 2, every_code},
    {"time-exceeded", 3, every_code},
    {"ttl-exceeded", 3, every_code},
    {"ttl-zero-during-transit", 3, 0},
    {"ttl-zero-during-reassembly", 3, 1},
    {"parameter-problem", 4, every_code},
    {"bad-header", 4, 0},
    {"unknown-header-type", 4, 1},
    {"unknown-option", 4, 2},
    {"echo-request", 128, every_code},
    {"ping", 128, every_code},
    {"echo-reply", 129, every_code},
    {"pong", 129, every_code},
    {"mld-listener-query", 130, every_code},
    {"mld-listener-report", 131, every_code},
    {"mld-listener-done", 132, every_code},
    {"mld-listener-reduction", 132, every_code},
    {"router-solicitation", 133, every_code},
    {"router-advertisement", 134, every_code},
    {"neighbor-solicitation", 135, every_code},
    {"neighbour-solicitation", 135, every_code},
    {"neighbor-advertisement", 136, every_code},
    {"neighbour-advertisement", 136, every_code},
    {"redirect", 137, every_code},
};

Range range_of_type(int type, int code) {
  const auto first = static_cast<unsigned>(type) << 8;
  return code == every_code ? Range{first, first | 255}
                            : Range{first | static_cast<unsigned>(code), first | static_cast<unsigned>(code)};
}

}  // namespace

std::optional<Range> parse_icmp(std::string_view text, Family family) {
  if (family == Family::ipv4 && (text == "any" || text == "255")) return Range{0, 65535};
  const std::span<const NamedType> names =
      family == Family::ipv4 ? std::span<const NamedType>(icmp_types) : std::span<const NamedType>(icmpv6_types);
  for (const NamedType& named : names)
    if (named.name == text) return range_of_type(named.type, named.code);
  const std::size_t slash = text.find('/');
  const auto type = parse_number(text.substr(0, slash), 255);
  if (!type) return std::nullopt;
  if (slash == std::string_view::npos) return range_of_type(static_cast<int>(*type), every_code);
  const auto code = parse_number(text.substr(slash + 1), 255);
  if (!code) return std::nullopt;
  return range_of_type(static_cast<int>(*type), static_cast<int>(*code));
}

}  // namespace egressc::readers
