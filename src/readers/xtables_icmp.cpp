#include <algorithm>
#include <span>

#include "readers/xtables_values.h"

namespace egressc::readers {
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
