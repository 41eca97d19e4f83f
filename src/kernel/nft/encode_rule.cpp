#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_log.h>

#include <iterator>
#include <variant>

#include "egressc/observation.h"
#include "kernel/nft/message.h"

namespace egressc::kernel {
namespace {

std::uint8_t family_number(Family family) { return family == Family::ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6; }

// The expressions of one rule, and the sets that it has to itself.
class RuleExpressions {
 public:
  RuleExpressions(Message& message, std::span<const SetHead> own, const SetIds& ids)
      : message_(message), own_(own), ids_(ids) {}

  void operator()(NftPhrase phrase) {
    switch (phrase) {
      case NftPhrase::reply:
        load_ct(NFT_CT_DIRECTION);
        return compare({IP_CT_DIR_REPLY});
      case NftPhrase::established:
        load_ct(NFT_CT_STATE);
        mask(host_number(NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED)));
        return compare(host_number(0), NFT_CMP_NEQ);
      case NftPhrase::loopback:
        load_meta(NFT_META_OIF);
        return compare(host_number(1));  // the same in every network namespace
      case NftPhrase::owned:
        load_meta(NFT_META_SKUID);
        return compare_id({0, no_id - 1});
      case NftPhrase::counter:
        return add("counter", [] {});
      case NftPhrase::accept:
        return verdict(NF_ACCEPT);
      case NftPhrase::drop:
        return verdict(NF_DROP);
      case NftPhrase::reset:
        return reject(NFT_REJECT_TCP_RST, 0);
      case NftPhrase::prohibited:
        return reject(NFT_REJECT_ICMPX_UNREACH, NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
    }
  }
  void operator()(Family family) {
    load_meta(NFT_META_NFPROTO);
    compare({family_number(family)});
    family_ = family;
  }
  void operator()(Protocol protocol) {
    load_meta(NFT_META_L4PROTO);
    compare({protocol_number(protocol)});
    protocol_ = protocol;
  }
  void operator()(const NftIcmp& icmp) {
    need(icmp.family);
    need(icmp.family == Family::ipv4 ? Protocol::icmp : Protocol::icmpv6);
    load(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
    if (icmp.types.size() == 1)
      compare({icmp.types.front()});
    else
      look_up_own();
  }
  void operator()(NftHopLimit hops) {
    need(Family::ipv6);
    load(NFT_PAYLOAD_NETWORK_HEADER, 7, 1);
    compare({hops.limit});
  }
  void operator()(const NftRoute& route) {
    need(Family::ipv6);
    assert(route.from.address.family == Family::ipv6);
    load(NFT_PAYLOAD_NETWORK_HEADER, 8, 16);
    const AddressRange range = range_of(route.from);
    Bytes bits = bytes_of(range.first);
    const Bytes last = bytes_of(range.last);
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint8_t>(~(bits[i] ^ last[i]));
    mask(bits);
    compare(bytes_of(range.first));
    load_destination(Family::ipv6);
    look_up_own();
  }
  void operator()(NftPorts ports) {
    need(ports.protocol);
    load(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4);
    compare(number(std::uint32_t{ports.from} << 16 | ports.destination, 4));
  }
  void operator()(const NftDestinationPorts& ports) {
    need(ports.protocol);
    load(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
    const PortRange& first = ports.ports.front();
    if (ports.ports.size() > 1)
      look_up_own();
    else if (first.first == first.last)
      compare(number(first.first, 2));
    else
      compare_range(number(first.first, 2), number(first.last, 2));
  }
  void operator()(const NftLookup& lookup) {
    need(lookup.family);
    load_destination(lookup.family);
    if (lookup.has_services) {
      // Behind the address, a register of 32 bits each; libnftables calls the one at a multiple of four by another
      // name.
      const bool is_4 = lookup.family == Family::ipv4;
      const std::uint32_t at_protocol = is_4 ? std::uint32_t{NFT_REG32_01} : std::uint32_t{NFT_REG_2};
      load_meta(NFT_META_L4PROTO, at_protocol);
      to_network_order(at_protocol, 1, 2);
      load(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, is_4 ? NFT_REG32_02 : NFT_REG32_05);
    }
    const auto id = ids_.find(lookup.set);
    look_up({lookup.set, id == ids_.end() ? 0 : id->second});
  }
  void operator()(const NftDispatch& dispatch) {
    load_meta(dispatch.by_gid ? NFT_META_SKGID : NFT_META_SKUID);
    if (has_ranges(dispatch)) to_network_order(NFT_REG_1, 4, 4);
    look_up(own_.front(), true);
  }
  void operator()(const NftLimit& limit) {
    struct Unit {
      std::string_view name;
      std::uint64_t seconds;
    };
    constexpr Unit units[] = {{"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86400}};
    const Unit* const unit =
        std::find_if(std::begin(units), std::end(units) - 1, [&](const Unit& one) { return one.name == limit.per; });
    add("limit", [&] {
      message_.put64(NFTA_LIMIT_RATE, limit.rate);
      message_.put64(NFTA_LIMIT_UNIT, unit->seconds);
      message_.put32(NFTA_LIMIT_BURST, limit.burst);
      message_.put32(NFTA_LIMIT_TYPE, NFT_LIMIT_PKTS);
      message_.put32(NFTA_LIMIT_FLAGS, 0);
    });
  }
  void operator()(const NftLog& log) {
    add("log", [&] {
      message_.put(NFTA_LOG_PREFIX, log.prefix);
      if (log.group) return message_.put16(NFTA_LOG_GROUP, *log.group);
      message_.put32(NFTA_LOG_LEVEL, NFT_LOGLEVEL_INFO);
      message_.put32(NFTA_LOG_FLAGS, NF_LOG_UID);
    });
  }
  void operator()(const NftGoto& to) { verdict(NFT_GOTO, to.chain); }

 private:
  // What a rule of the family inet has to ask before it can look at a header.
  void need(Family family) {
    if (family_ != family) (*this)(family);
  }
  void need(Protocol protocol) {
    if (protocol_ != protocol) (*this)(protocol);
  }

  template <typename Body>
  void add(std::string_view name, Body body) {
    message_.nest(NFTA_LIST_ELEM, [&] {
      message_.put(NFTA_EXPR_NAME, name);
      message_.nest(NFTA_EXPR_DATA, body);
    });
  }
  void load_meta(std::uint32_t key, std::uint32_t to = NFT_REG_1) {
    add("meta", [&] {
      message_.put32(NFTA_META_KEY, key);
      message_.put32(NFTA_META_DREG, to);
    });
  }
  void load_ct(std::uint32_t key) {
    add("ct", [&] {
      message_.put32(NFTA_CT_KEY, key);
      message_.put32(NFTA_CT_DREG, NFT_REG_1);
    });
  }
  void load(std::uint32_t base, std::uint32_t offset, std::uint32_t length, std::uint32_t to = NFT_REG_1) {
    add("payload", [&] {
      message_.put32(NFTA_PAYLOAD_DREG, to);
      message_.put32(NFTA_PAYLOAD_BASE, base);
      message_.put32(NFTA_PAYLOAD_OFFSET, offset);
      message_.put32(NFTA_PAYLOAD_LEN, length);
    });
  }
  void load_destination(Family family) {
    const bool is_4 = family == Family::ipv4;
    load(NFT_PAYLOAD_NETWORK_HEADER, is_4 ? 16 : 24, is_4 ? 4 : 16);
  }
  void to_network_order(std::uint32_t where, std::uint32_t length, std::uint32_t size) {
    add("byteorder", [&] {
      message_.put32(NFTA_BYTEORDER_SREG, where);
      message_.put32(NFTA_BYTEORDER_DREG, where);
      message_.put32(NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
      message_.put32(NFTA_BYTEORDER_LEN, length);
      message_.put32(NFTA_BYTEORDER_SIZE, size);
    });
  }
  void mask(const Bytes& bits) {
    add("bitwise", [&] {
      message_.put32(NFTA_BITWISE_SREG, NFT_REG_1);
      message_.put32(NFTA_BITWISE_DREG, NFT_REG_1);
      message_.put32(NFTA_BITWISE_LEN, static_cast<std::uint32_t>(bits.size()));
      message_.put_value(NFTA_BITWISE_MASK, bits);
      message_.put_value(NFTA_BITWISE_XOR, Bytes(bits.size()));
    });
  }
  void compare(const Bytes& value, std::uint32_t how = NFT_CMP_EQ) {
    add("cmp", [&] {
      message_.put32(NFTA_CMP_SREG, NFT_REG_1);
      message_.put32(NFTA_CMP_OP, how);
      message_.put_value(NFTA_CMP_DATA, value);
    });
  }
  void compare_range(const Bytes& first, const Bytes& last) {
    compare(first, NFT_CMP_GTE);
    compare(last, NFT_CMP_LTE);
  }
  void compare_id(const IdRange& ids) {
    to_network_order(NFT_REG_1, 4, 4);
    compare_range(number(ids.first, 4), number(ids.last, 4));
  }
  void look_up_own() {
    look_up(own_.front());
    own_ = own_.subspan(1);
  }
  void look_up(SetHead set, bool is_map = false) {
    add("lookup", [&] {
      message_.put32(NFTA_LOOKUP_SREG, NFT_REG_1);
      if (is_map) message_.put32(NFTA_LOOKUP_DREG, NFT_REG_VERDICT);
      message_.put(NFTA_LOOKUP_SET, set.name);
      if (set.id != 0) message_.put32(NFTA_LOOKUP_SET_ID, set.id);
    });
  }
  void verdict(int code, std::string_view chain = {}) {
    add("immediate", [&] {
      message_.put32(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
      message_.put_verdict(NFTA_IMMEDIATE_DATA, code, chain);
    });
  }
  void reject(std::uint32_t type, std::uint8_t code) {
    add("reject", [&] {
      message_.put32(NFTA_REJECT_TYPE, type);
      message_.put8(NFTA_REJECT_ICMP_CODE, code);
    });
  }

  Message& message_;
  std::span<const SetHead> own_;  // in their order
  const SetIds& ids_;
  std::optional<Family> family_;
  std::optional<Protocol> protocol_;
};

}  // namespace

void put_expressions(Message& message, const NftRule& rule, std::span<const SetHead> own, const SetIds& ids) {
  RuleExpressions expressions(message, own, ids);
  message.nest(NFTA_RULE_EXPRESSIONS, [&] {
    for (const NftStatement& statement : rule.statements) std::visit(expressions, statement);
  });
}

bool has_ranges(const NftDispatch& dispatch) {
  return std::any_of(dispatch.entries.begin(), dispatch.entries.end(),
                     [](const NftDispatch::Entry& entry) { return entry.ids.first != entry.ids.last; });
}

}  // namespace egressc::kernel
