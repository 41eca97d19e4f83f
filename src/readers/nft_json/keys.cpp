#include "readers/nft_json/keys.h"

#include <fmt/core.h>

#include <span>

#include "egressc/diagnostics.h"
#include "egressc/observation.h"

namespace egressc::readers {
namespace {

using NftWord = Named<std::uint32_t>;

// Beside those that xtables has too.
constexpr NftWord nft_icmp_types[] = {{"info-request", 15}, {"info-reply", 16}};

constexpr NftWord nft_icmpv6_types[] = {
    {"nd-router-solicit", 133},    {"nd-router-advert", 134},    {"nd-neighbor-solicit", 135},
    {"nd-neighbor-advert", 136},   {"nd-redirect", 137},         {"router-renumbering", 138},
    {"ind-neighbor-solicit", 141}, {"ind-neighbor-advert", 142}, {"mld2-listener-report", 143},
};

constexpr NftWord nft_icmp_codes[] = {
    {"net-unreachable", 0}, {"host-unreachable", 1}, {"prot-unreachable", 2}, {"port-unreachable", 3},
    {"frag-needed", 4},     {"net-prohibited", 9},   {"host-prohibited", 10}, {"admin-prohibited", 13},
};

constexpr NftWord nft_icmpv6_codes[] = {
    {"no-route", 0},         {"admin-prohibited", 1}, {"addr-unreachable", 3},
    {"port-unreachable", 4}, {"policy-fail", 5},      {"reject-route", 6},
};

constexpr NftWord ct_states[] = {{"invalid", 1}, {"established", 2}, {"related", 4}, {"new", 8}, {"untracked", 64}};

constexpr NftWord ct_directions[] = {{"original", 0}, {"reply", 1}};

constexpr NftWord nft_tcp_flags[] = {{"fin", 1},  {"syn", 2},  {"rst", 4},  {"psh", 8},
                                     {"ack", 16}, {"urg", 32}, {"ecn", 64}, {"cwr", 128}};

constexpr NftWord nf_protos[] = {{"ipv4", 2}, {"ipv6", 10}};

constexpr NftWord ether_types[] = {{"ip", 0x0800}, {"arp", 0x0806}, {"vlan", 0x8100}, {"ip6", 0x86dd}};

// As they stand in NftWords.
constexpr std::span<const NftWord> words_of[] = {nft_icmp_types,   nft_icmp_codes, nft_icmpv6_types,
                                                 nft_icmpv6_codes, ct_states,      ct_directions,
                                                 nft_tcp_flags,    nf_protos,      ether_types};

using Kind = NftKey::Kind;

NftKey opaque(std::string name) {
  NftKey key;
  key.name = std::move(name);
  return key;
}

struct MetaKey {
  std::string_view name;
  Kind kind;
  std::optional<NftWords> words;
};

constexpr MetaKey meta_keys[] = {
    {"skuid", Kind::uid, {}},
    {"skgid", Kind::gid, {}},
    {"oif", Kind::interface, {}},
    {"oifname", Kind::interface, {}},
    {"oiftype", Kind::device_type, {}},
    {"l4proto", Kind::protocol, {}},
    {"nfproto", Kind::family, NftWords::nf_proto},
    {"protocol", Kind::family, NftWords::ether_type},
};

NftKey meta_key(std::string_view name) {
  NftKey key = opaque(fmt::format("meta {}", printable(name, 40)));
  for (const MetaKey& known : meta_keys) {
    if (known.name != name) continue;
    key.kind = known.kind;
    key.words = known.words;
  }
  // A packet on its way out came in by no interface: its index is 0 and its name is empty.
  if (name == "iif" || name == "iifname") {
    key.kind = Kind::known;
    key.candidates = {0};
  }
  return key;
}

std::vector<std::uint32_t> states_of(TrackedKind kind, const NftTracking& tracking) {
  std::uint32_t states = tracking.is_untracked ? std::uint32_t{state_untracked} : 0;
  if (tracking.is_tracked) states |= readers::states_of(kind, tracking.is_untracked);
  // Where conntrack has not seen a packet (nft_ct_get_eval(), net/netfilter/nft_ct.c).
  if (tracking.is_early) states |= state_invalid;
  std::vector<std::uint32_t> made;
  for (std::uint32_t bit = 1; bit <= state_untracked; bit <<= 1)
    if ((states & bit) != 0) made.push_back(bit);
  return made;
}

NftKey ct_key(const Json& ct, const NftTracking& tracking) {
  const std::string_view name = text_of(member(ct, "key"));
  NftKey key = opaque(fmt::format("ct {}", printable(name, 40)));
  if (member(ct, "dir") != nullptr) return key;
  if (name == "state") {
    key.kind = Kind::state;
    key.words = NftWords::ct_state;
    for (std::size_t kind = 0; kind < tracked_kinds; ++kind)
      key.states[kind] = states_of(static_cast<TrackedKind>(kind), tracking);
  } else if (name == "direction" && !tracking.is_untracked && !tracking.is_early) {
    key.kind = Kind::known;
    key.words = NftWords::ct_direction;
    key.candidates = {0};
  }
  return key;
}

struct Header {
  std::string_view name;
  std::optional<Family> family;
  std::optional<std::uint8_t> protocol;
};

// Numbers of IANA; the families are those that nft makes a condition of.
constexpr Header headers[] = {
    {"ip", Family::ipv4, {}},
    {"ip6", Family::ipv6, {}},
    {"tcp", {}, ip_protocol::tcp},
    {"udp", {}, ip_protocol::udp},
    {"icmp", Family::ipv4, ip_protocol::icmp},
    {"icmpv6", Family::ipv6, ip_protocol::icmpv6},
    {"sctp", {}, 132},
    {"dccp", {}, 33},
    {"udplite", {}, 136},
    {"ah", {}, 51},
    {"esp", {}, 50},
    {"comp", {}, 108},
};

struct HeaderField {
  std::string_view header;
  std::string_view name;
  Kind kind;
  std::optional<NftWords> words;
};

constexpr HeaderField header_fields[] = {
    {"ip", "daddr", Kind::address, {}},
    {"ip", "protocol", Kind::protocol, {}},
    {"ip6", "daddr", Kind::address, {}},
    {"ip6", "nexthdr", Kind::next_header, {}},
    {"tcp", "dport", Kind::port, {}},
    {"tcp", "flags", Kind::known, NftWords::tcp_flag},
    {"udp", "dport", Kind::port, {}},
    {"th", "dport", Kind::port, {}},
    {"icmp", "type", Kind::icmp_type, NftWords::icmp_type},
    {"icmp", "code", Kind::icmp_code, NftWords::icmp_code},
    {"icmpv6", "type", Kind::icmp_type, NftWords::icmpv6_type},
    {"icmpv6", "code", Kind::icmp_code, NftWords::icmpv6_code},
};

// A SYN with any of PSH and URG, which data may bring along, and of ECE and CWR (RFC 3168, 6.1.1).
std::vector<std::uint32_t> opening_flags() {
  constexpr std::uint32_t syn = 2;
  constexpr std::uint32_t either = 8 | 32 | 64 | 128;
  std::vector<std::uint32_t> made;
  for (std::uint32_t some = either;; some = (some - 1) & either) {
    made.push_back(syn | some);
    if (some == 0) return made;
  }
}

NftKey payload_key(const Json& payload) {
  const std::string_view header = text_of(member(payload, "protocol"));
  const std::string_view field = text_of(member(payload, "field"));
  if (header.empty() || member(payload, "tunnel") != nullptr) return opaque("raw bytes of the packet");
  NftKey key = opaque(fmt::format("{} {}", printable(header, 20), printable(field, 20)));
  for (const Header& known : headers) {
    if (known.name != header) continue;
    key.family = known.family;
    key.protocol = known.protocol;
  }
  for (const HeaderField& known : header_fields) {
    if (known.header != header || known.name != field) continue;
    key.kind = known.kind;
    key.words = known.words;
    if (key.kind == Kind::known) key.candidates = opening_flags();
  }
  return key;
}

// "left & mask"
NftKey masked_key(const Json& operands, const NftTracking& tracking) {
  if (!operands.IsArray() || operands.Size() != 2) return opaque("an expression");
  const auto named = only_member(operands[0]);
  if (!named || named->name == "&" || named->name == "concat") return opaque("an expression");
  NftKey key = std::move(read_keys(operands[0], tracking).front());
  const auto mask = read_bits(operands[1], key);
  if (key.kind == Kind::known && mask) {
    for (std::uint32_t& candidate : key.candidates) candidate &= *mask;
  } else if (key.kind == Kind::state && mask) {
    for (auto& states : key.states)
      for (std::uint32_t& state : states) state &= *mask;
  } else if (key.kind != Kind::opaque) {
    key.kind = Kind::opaque;
    key.name += " under a mask";
  }
  return key;
}

NftKey read_key(const Json& left, const NftTracking& tracking) {
  const auto named = only_member(left);
  if (!named) return opaque("an expression");
  if (named->name == "meta") return meta_key(text_of(member(*named->value, "key")));
  if (named->name == "ct") return ct_key(*named->value, tracking);
  if (named->name == "payload") return payload_key(*named->value);
  if (named->name == "&") return masked_key(*named->value, tracking);
  return opaque(printable(named->name, 40));
}

}  // namespace

std::optional<std::uint32_t> nft_number(NftWords of, std::string_view word) {
  for (const auto& [name, number] : words_of[static_cast<std::size_t>(of)])
    if (name == word) return number;
  if (of == NftWords::icmp_type) return icmp_type_number(word, Family::ipv4);
  if (of == NftWords::icmpv6_type) return icmp_type_number(word, Family::ipv6);
  return std::nullopt;
}

std::string why_undecided(const NftKey& key) { return fmt::format("it depends on {}", key.name); }

unsigned number_of(Family family, const NftKey& key) {
  return *nft_number(*key.words, key.words == NftWords::ether_type ? (family == Family::ipv4 ? "ip" : "ip6")
                                                                   : (family == Family::ipv4 ? "ipv4" : "ipv6"));
}

Number last_value(const NftKey& key) {
  switch (key.kind) {
    case Kind::interface:
    case Kind::device_type:
      return 1;
    case Kind::protocol:
    case Kind::next_header:
    case Kind::icmp_type:
    case Kind::icmp_code:
      return 255;
    case Kind::family:
    case Kind::port:
      return 65535;
    case Kind::address:
      return last_address(*key.family);
    case Kind::uid:
    case Kind::gid:
    case Kind::known:
    case Kind::state:
    case Kind::opaque:
      break;
  }
  return 0xffffffff;
}

NftKeys read_keys(const Json& left, const NftTracking& tracking) {
  NftKeys keys;
  const Json* const parts = member(left, "concat");
  if (parts != nullptr && parts->IsArray() && parts->Size() != 0) {
    for (const Json& part : parts->GetArray()) keys.push_back(read_key(part, tracking));
  } else {
    keys.push_back(read_key(left, tracking));
  }
  return keys;
}

}  // namespace egressc::readers
