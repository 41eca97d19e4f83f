#include "readers/nft_json_words.h"

#include <span>

namespace egressc::readers {
namespace {

struct Word {
  std::string_view text;
  std::uint32_t number;
};

constexpr Word icmp_types[] = {
    {"echo-reply", 0},         {"destination-unreachable", 3}, {"source-quench", 4},        {"redirect", 5},
    {"echo-request", 8},       {"router-advertisement", 9},    {"router-solicitation", 10}, {"time-exceeded", 11},
    {"parameter-problem", 12}, {"timestamp-request", 13},      {"timestamp-reply", 14},     {"info-request", 15},
    {"info-reply", 16},        {"address-mask-request", 17},   {"address-mask-reply", 18},
};

constexpr Word icmp_codes[] = {
    {"net-unreachable", 0}, {"host-unreachable", 1}, {"prot-unreachable", 2}, {"port-unreachable", 3},
    {"frag-needed", 4},     {"net-prohibited", 9},   {"host-prohibited", 10}, {"admin-prohibited", 13},
};

constexpr Word icmpv6_types[] = {
    {"destination-unreachable", 1},  {"packet-too-big", 2},         {"time-exceeded", 3},
    {"parameter-problem", 4},        {"echo-request", 128},         {"echo-reply", 129},
    {"mld-listener-query", 130},     {"mld-listener-report", 131},  {"mld-listener-done", 132},
    {"mld-listener-reduction", 132}, {"nd-router-solicit", 133},    {"nd-router-advert", 134},
    {"nd-neighbor-solicit", 135},    {"nd-neighbor-advert", 136},   {"nd-redirect", 137},
    {"router-renumbering", 138},     {"ind-neighbor-solicit", 141}, {"ind-neighbor-advert", 142},
    {"mld2-listener-report", 143},
};

constexpr Word icmpv6_codes[] = {
    {"no-route", 0},         {"admin-prohibited", 1}, {"addr-unreachable", 3},
    {"port-unreachable", 4}, {"policy-fail", 5},      {"reject-route", 6},
};

constexpr Word ct_states[] = {{"invalid", 1}, {"established", 2}, {"related", 4}, {"new", 8}, {"untracked", 64}};

constexpr Word ct_directions[] = {{"original", 0}, {"reply", 1}};

constexpr Word tcp_flags[] = {{"fin", 1},  {"syn", 2},  {"rst", 4},  {"psh", 8},
                              {"ack", 16}, {"urg", 32}, {"ecn", 64}, {"cwr", 128}};

constexpr Word nf_protos[] = {{"ipv4", 2}, {"ipv6", 10}};

constexpr Word ether_types[] = {{"ip", 0x0800}, {"arp", 0x0806}, {"vlan", 0x8100}, {"ip6", 0x86dd}};

std::span<const Word> words(NftWords of) {
  switch (of) {
    case NftWords::icmp_type:
      return icmp_types;
    case NftWords::icmp_code:
      return icmp_codes;
    case NftWords::icmpv6_type:
      return icmpv6_types;
    case NftWords::icmpv6_code:
      return icmpv6_codes;
    case NftWords::ct_state:
      return ct_states;
    case NftWords::ct_direction:
      return ct_directions;
    case NftWords::tcp_flag:
      return tcp_flags;
    case NftWords::nf_proto:
      return nf_protos;
    case NftWords::ether_type:
      return ether_types;
  }
  return {};
}

}  // namespace

std::optional<std::uint32_t> nft_number(NftWords of, std::string_view word) {
  for (const Word& known : words(of))
    if (known.text == word) return known.number;
  return std::nullopt;
}

}  // namespace egressc::readers
