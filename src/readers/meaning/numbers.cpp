#include "readers/meaning/numbers.h"

#include <bit>
#include <span>

namespace egressc::readers {
namespace {

// Those of Debian's /etc/protocols, where iptables looks names up, and those that it knows itself; "mh" is
// "mobility-header" too.
constexpr Named<std::uint8_t> ip_protocols[] = {
    {"ah", 51},          {"ax.25", 93},     {"dccp", 33},      {"ddp", 37},       {"egp", 8},         {"eigrp", 88},
    {"encap", 98},       {"esp", 50},       {"etherip", 97},   {"ethernet", 143}, {"fc", 133},        {"ggp", 3},
    {"gre", 47},         {"hip", 139},      {"hmp", 20},       {"icmp", 1},       {"icmpv6", 58},     {"idpr-cmtp", 38},
    {"idrp", 45},        {"igmp", 2},       {"igp", 9},        {"ipcomp", 108},   {"ipencap", 4},     {"ipip", 94},
    {"ipv6", 41},        {"ipv6-frag", 44}, {"ipv6-icmp", 58}, {"ipv6-mh", 135},  {"ipv6-nonxt", 59}, {"ipv6-opts", 60},
    {"ipv6-route", 43},  {"isis", 124},     {"iso-tp4", 29},   {"l2tp", 115},     {"manet", 138},     {"mh", 135},
    {"mpls-in-ip", 137}, {"ospf", 89},      {"pim", 103},      {"pup", 12},       {"rdp", 27},        {"rohc", 142},
    {"rspf", 73},        {"rsvp", 46},      {"sctp", 132},     {"shim6", 140},    {"skip", 57},       {"st", 5},
    {"tcp", 6},          {"udp", 17},       {"udplite", 136},  {"vmtp", 81},      {"vrrp", 112},      {"wesp", 141},
    {"xns-idp", 22},     {"xtp", 36},
};

// The types of iptables-extensions(8), which `iptables -p icmp -h` lists: first those that nft has too.
constexpr Named<std::uint8_t> icmp_types[] = {
    {"echo-reply", 0},           {"destination-unreachable", 3},
    {"source-quench", 4},        {"redirect", 5},
    {"echo-request", 8},         {"router-advertisement", 9},
    {"router-solicitation", 10}, {"time-exceeded", 11},
    {"parameter-problem", 12},   {"timestamp-request", 13},
    {"timestamp-reply", 14},     {"address-mask-request", 17},
    {"address-mask-reply", 18},
};

constexpr Named<std::uint8_t> icmpv6_types[] = {
    {"destination-unreachable", 1},  {"packet-too-big", 2},        {"time-exceeded", 3},
    {"parameter-problem", 4},        {"echo-request", 128},        {"echo-reply", 129},
    {"mld-listener-query", 130},     {"mld-listener-report", 131}, {"mld-listener-done", 132},
    {"mld-listener-reduction", 132},
};

constexpr Named<std::uint8_t> xtables_icmp_types[] = {
    {"pong", 0},
    {"ping", 8},
    {"ttl-exceeded", 11},
};

constexpr Named<std::uint8_t> xtables_icmpv6_types[] = {
    {"ttl-exceeded", 3},
    {"ping", 128},
    {"pong", 129},
    {"router-solicitation", 133},
    {"router-advertisement", 134},
    {"neighbor-solicitation", 135},
    {"neighbour-solicitation", 135},
    {"neighbor-advertisement", 136},
    {"neighbour-advertisement", 136},
    {"redirect", 137},
};

// The codes of a type by their place, "" for those without a name.
struct CodeNames {
  Family family;
  std::uint8_t type;
  std::span<const std::string_view> names;
};

constexpr std::string_view unreachable_codes[] = {"network-unreachable",
                                                  "host-unreachable",
                                                  "protocol-unreachable",
                                                  "port-unreachable",
                                                  "fragmentation-needed",
                                                  "source-route-failed",
                                                  "network-unknown",
                                                  "host-unknown",
                                                  "",
                                                  "network-prohibited",
                                                  "host-prohibited",
                                                  "TOS-network-unreachable",
                                                  "TOS-host-unreachable",
                                                  "communication-prohibited",
                                                  "host-precedence-violation",
                                                  "precedence-cutoff"};
constexpr std::string_view redirect_codes[] = {"network-redirect", "host-redirect", "TOS-network-redirect",
                                               "TOS-host-redirect"};
constexpr std::string_view time_codes[] = {"ttl-zero-during-transit", "ttl-zero-during-reassembly"};
constexpr std::string_view header_codes[] = {"ip-header-bad", "required-option-missing"};
constexpr std::string_view unreachable_codes_v6[] = {"no-route",         "communication-prohibited",
                                                     "beyond-scope",     "address-unreachable",
                                                     "port-unreachable", "failed-policy",
                                                     "reject-route"};
constexpr std::string_view header_codes_v6[] = {"bad-header", "unknown-header-type", "unknown-option"};

constexpr CodeNames code_names[] = {
    {Family::ipv4, 3, unreachable_codes}, {Family::ipv4, 5, redirect_codes},       {Family::ipv4, 11, time_codes},
    {Family::ipv4, 12, header_codes},     {Family::ipv6, 1, unreachable_codes_v6}, {Family::ipv6, 3, time_codes},
    {Family::ipv6, 4, header_codes_v6},
};

Number number_of(const Address& address) { return Number{address.high} << 64 | address.low; }

// The length of "24", "255.255.255.0"
std::optional<unsigned> parse_mask(std::string_view text, Family family) {
  const unsigned bits = address_bits(family);
  if (const auto length = parse_decimal(text, bits)) return static_cast<unsigned>(*length);
  const auto mask = parse_plain_address(text, family);
  if (!mask) return std::nullopt;
  const Number host = ~*mask & last_address(family);
  if ((host & (host + 1)) != 0) return std::nullopt;  // not a prefix
  return bits - static_cast<unsigned>(std::popcount(static_cast<std::uint64_t>(host >> 64)) +
                                      std::popcount(static_cast<std::uint64_t>(host)));
}

// As the port of a FlowPoint.
Range every_code(std::uint64_t type) { return {type << 8, type << 8 | 255}; }
Range at_code(std::uint64_t type, std::uint64_t code) { return {type << 8 | code, type << 8 | code}; }

std::optional<Range> named_icmp(std::string_view name, Family family) {
  if (name.empty()) return std::nullopt;
  const bool is_v4 = family == Family::ipv4;
  if (const auto type = icmp_type_number(name, family)) return every_code(*type);
  if (const auto* type = is_v4 ? find_named(xtables_icmp_types, name) : find_named(xtables_icmpv6_types, name))
    return every_code(*type);
  for (const auto& [of, type, names] : code_names)
    if (const auto at = std::find(names.begin(), names.end(), name); of == family && at != names.end())
      return at_code(type, static_cast<std::uint64_t>(at - names.begin()));
  return std::nullopt;
}

}  // namespace

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

Range network_of(Number address, unsigned length, Family family) {
  const Number host = low_bits(address_bits(family) - length);
  return {address & ~host, address | host};
}

AddressRange addresses_of(Family family, const Range& range) {
  const auto address = [family](Number value) {
    return Address{family, static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
  };
  return {address(range.first), address(range.last)};
}

std::optional<Range> parse_range(std::string_view text, char separator, std::uint64_t last) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) {
    const auto value = parse_decimal(text, last);
    return value ? std::optional<Range>({*value, *value}) : std::nullopt;
  }
  const bool open = separator == ':' && text.size() > 1;
  const auto first = open && at == 0 ? std::uint64_t{0} : parse_decimal(text.substr(0, at), last);
  const auto second = open && at + 1 == text.size() ? last : parse_decimal(text.substr(at + 1), last);
  if (!first || !second || *first > *second) return std::nullopt;
  return Range{*first, *second};
}

std::optional<Number> parse_plain_address(std::string_view text, Family family) {
  if ((text.find(':') != std::string_view::npos) != (family == Family::ipv6)) return std::nullopt;
  const auto address = parse_address(text);
  if (!address) return std::nullopt;
  // parse_address() gives a mapped address as IPv4; in an IPv6 header it is what it was written as.
  const bool mapped = family == Family::ipv6 && address->family == Family::ipv4;
  return mapped ? number_of(*address) | Number{0xffff} << 32 : number_of(*address);
}

std::optional<Range> parse_network(std::string_view text, Family family) {
  const std::size_t slash = text.find('/');
  const auto address = parse_plain_address(text.substr(0, slash), family);
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Range{*address, *address};
  const auto length = parse_mask(text.substr(slash + 1), family);
  if (!length) return std::nullopt;
  return network_of(*address, *length, family);
}

std::optional<Range> parse_ip_protocol(std::string_view text) {
  if (text == "all" || text == "0") return Range{0, 255};
  if (const auto number = parse_decimal(text, 255)) return Range{*number, *number};
  const auto* number = find_named(ip_protocols, text == "mobility-header" ? "mh" : text);
  return number ? std::optional<Range>({*number, *number}) : std::nullopt;
}

std::optional<Range> parse_icmp(std::string_view text, Family family) {
  if (family == Family::ipv4 && (text == "any" || text == "255")) return Range{0, 65535};
  if (const auto named = named_icmp(text, family)) return named;
  const std::size_t slash = text.find('/');
  const auto type = parse_decimal(text.substr(0, slash), 255);
  if (!type) return std::nullopt;
  if (slash == std::string_view::npos) return every_code(*type);
  const auto code = parse_decimal(text.substr(slash + 1), 255);
  if (!code) return std::nullopt;
  return at_code(*type, *code);
}

std::optional<std::uint8_t> icmp_type_number(std::string_view name, Family family) {
  const auto* number = family == Family::ipv4 ? find_named(icmp_types, name) : find_named(icmpv6_types, name);
  return number ? std::optional(*number) : std::nullopt;
}

}  // namespace egressc::readers
