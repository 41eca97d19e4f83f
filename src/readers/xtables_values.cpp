#include "readers/xtables_values.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <iterator>

namespace egressc::readers {
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

}  // namespace egressc::readers
