#include "kernel/nft/encode.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_log.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "egressc/observation.h"
#include "kernel/nft/netlink.h"

namespace egressc::kernel {
namespace {

constexpr std::size_t longest_comment = 128;  // bytes; NFTNL_UDATA_COMMENT_MAXLEN, libnftnl/udata.h
constexpr std::uint32_t longest_list =
    60000;  // bytes; the size of an attribute has 16 bits, and an element less than 600

// What nft(8) calls a type of data, datatype.h of nftables. A concatenation has six bits for each part.
enum DataType : std::uint32_t {
  ipv4_address = 7,
  ipv6_address = 8,
  inet_protocol = 12,
  inet_service = 13,
  icmp_type = 14,
  uid = 24,
  gid = 25,
  icmpv6_type = 29,
};

DataType address_type(Family family) { return family == Family::ipv4 ? ipv4_address : ipv6_address; }

using Bytes = std::vector<std::uint8_t>;

void append_number(Bytes& bytes, std::uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// Numbers of `size` bytes, in network order.
Bytes number(std::uint64_t value, unsigned size) {
  Bytes bytes;
  append_number(bytes, value, size);
  return bytes;
}

Bytes host_number(std::uint32_t value) {
  Bytes bytes(sizeof value);
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&value), sizeof value, bytes.begin());
  return bytes;
}

Bytes bytes_of(const Address& address) {
  Bytes bytes;
  if (address.family == Family::ipv6) append_number(bytes, address.high, 8);
  append_number(bytes, address.low, address.family == Family::ipv6 ? 8 : 4);
  return bytes;
}

std::uint8_t protocol_number(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return ip_protocol::tcp;
    case Protocol::icmp:
      return ip_protocol::icmp;
    case Protocol::icmpv6:
      return ip_protocol::icmpv6;
    default:
      return ip_protocol::udp;
  }
}

std::uint8_t family_number(Family family) { return family == Family::ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6; }

// What nft(8) needs for its listing and the kernel only keeps: a byte for the kind, one for the size, and that many
// bytes (libnftnl/udata.h).
class UserData {
 public:
  UserData& add(std::uint8_t kind, const Bytes& value) {
    bytes_.push_back(kind);
    bytes_.push_back(static_cast<std::uint8_t>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }
  UserData& add(std::uint8_t kind, std::uint32_t value) { return add(kind, host_number(value)); }
  UserData& add(std::uint8_t kind, const UserData& value) { return add(kind, value.bytes_); }
  UserData& add_text(std::uint8_t kind, std::string_view text) {
    Bytes value(text.begin(), text.end());
    value.push_back(0);
    return add(kind, value);
  }

  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

// NFTNL_UDATA_CHAIN_COMMENT and NFTNL_UDATA_RULE_COMMENT.
UserData comment_data(std::string_view comment) { return std::move(UserData().add_text(0, comment)); }

// Of NFTNL_UDATA_SET_KEY_TYPEOF: the expression of a key, as nftables keeps it. Its kinds are those of enum expr_types,
// its headers those of enum proto_desc_id, its fields those of the templates in proto.c.
struct Field {
  std::uint32_t header;
  std::uint32_t field;
};
constexpr Field ip_daddr{12, 12}, ip6_daddr{13, 9}, th_dport{11, 2}, tcp_dport{8, 2}, udp_dport{6, 2};
constexpr Field icmp_kind{4, 1}, icmpv6_kind{14, 1};

UserData expression(std::uint32_t kind, const UserData& data) {
  return std::move(UserData().add(0, kind).add(1, data));
}

UserData payload_expression(Field field) {
  constexpr std::uint32_t payload = 7;
  return expression(payload, UserData().add(0, field.header).add(1, field.field));
}

UserData service_expression(Family family) {
  constexpr std::uint32_t meta = 9, concatenation = 13;
  return expression(concatenation, UserData()
                                       .add(0, payload_expression(family == Family::ipv4 ? ip_daddr : ip6_daddr))
                                       .add(1, expression(meta, UserData().add(0, std::uint32_t{NFT_META_L4PROTO})))
                                       .add(2, payload_expression(th_dport)));
}

enum ByteOrder : std::uint32_t { unknown_order = 0, host_order = 1, network_order = 2 };

// NFTNL_UDATA_SET_…
enum SetData : std::uint8_t {
  key_order = 0,
  data_order = 1,
  merges_elements = 2,
  key_typeof = 3,
  data_typeof = 4,
  data_interval = 6,
  set_comment = 7,
};

// A message in the making. Attributes are those of linux/netfilter/nf_tables.h.
class Message {
 public:
  Message(std::string& out, unsigned type, unsigned flags) : out_(out) {
    message_ = begin_message(buffer().data(), nf_tables_type(type), flags, NFPROTO_INET);
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() { out_.append(reinterpret_cast<const char*>(message_), message_->nlmsg_len); }

  std::uint32_t size() const { return message_->nlmsg_len; }

  void put(std::uint16_t attribute, std::string_view text) {
    ::mnl_attr_put_strz(message_, attribute, std::string(text).c_str());
  }
  void put(std::uint16_t attribute, const Bytes& bytes) {
    ::mnl_attr_put(message_, attribute, bytes.size(), bytes.data());
  }
  void put8(std::uint16_t attribute, std::uint8_t value) { ::mnl_attr_put_u8(message_, attribute, value); }
  void put16(std::uint16_t attribute, std::uint16_t value) { put(attribute, number(value, 2)); }
  void put32(std::uint16_t attribute, std::uint32_t value) { ::mnl_attr_put_u32(message_, attribute, htonl(value)); }
  void put64(std::uint16_t attribute, std::uint64_t value) { put(attribute, number(value, 8)); }

  template <typename Body>
  void nest(std::uint16_t attribute, Body body) {
    nlattr* const start = open(attribute);
    body();
    close(start);
  }
  nlattr* open(std::uint16_t attribute) { return ::mnl_attr_nest_start(message_, attribute); }
  void close(nlattr* start) { ::mnl_attr_nest_end(message_, start); }

  void put_value(std::uint16_t attribute, const Bytes& bytes) {
    nest(attribute, [&] { put(NFTA_DATA_VALUE, bytes); });
  }
  void put_verdict(std::uint16_t attribute, int code, std::string_view chain = {}) {
    nest(attribute, [&] {
      nest(NFTA_DATA_VERDICT, [&] {
        put32(NFTA_VERDICT_CODE, static_cast<std::uint32_t>(code));
        if (!chain.empty()) put(NFTA_VERDICT_CHAIN, chain);
      });
    });
  }

 private:
  using Buffer = std::array<char, (1 << 16) + 4096>;
  // One at a time in a thread.
  static Buffer& buffer() {
    alignas(nlmsghdr) static thread_local Buffer buffer;
    return buffer;
  }

  std::string& out_;
  nlmsghdr* message_;
};

// What is looked up: the kernel knows it by its number within the transaction until then.
struct SetHead {
  std::string_view name;
  std::uint32_t id;
};

// Of a set that a rule has to itself: the kernel gives it a number.
constexpr std::string_view anonymous_set = "__set%d";
constexpr std::string_view anonymous_map = "__map%d";

// Elements of one set, in as many messages as it takes.
class Elements {
 public:
  Elements(std::string& out, SetHead set) : out_(out), set_(set) {}
  Elements(const Elements&) = delete;
  Elements& operator=(const Elements&) = delete;
  ~Elements() { close(); }

  template <typename Body>
  void add(Body body) {
    if (message_ && message_->size() > longest_list) close();
    if (!message_) open();
    message_->nest(NFTA_LIST_ELEM, [&] { body(*message_); });
  }

 private:
  void open() {
    message_.emplace(out_, unsigned{NFT_MSG_NEWSETELEM}, unsigned{NLM_F_CREATE});
    message_->put(NFTA_SET_ELEM_LIST_TABLE, nft_table_name);
    message_->put(NFTA_SET_ELEM_LIST_SET, set_.name);
    message_->put32(NFTA_SET_ELEM_LIST_SET_ID, set_.id);
    list_ = message_->open(NFTA_SET_ELEM_LIST_ELEMENTS);
  }
  void close() {
    if (!message_) return;
    message_->close(list_);
    message_.reset();
  }

  std::string& out_;
  SetHead set_;
  std::optional<Message> message_;
  nlattr* list_ = nullptr;
};

// A range of a set with intervals: its first element, and the one behind its last, where there is one.
struct Interval {
  Bytes first;
  std::optional<Bytes> end;
  std::string_view chain = {};  // of a map
  const NftElement* element = nullptr;
};

std::optional<Bytes> behind(const Address& last) {
  const auto end = next(last);
  return end ? std::optional(bytes_of(*end)) : std::nullopt;
}

std::optional<Bytes> behind(std::uint64_t last, unsigned size) {
  return ((last + 1) >> (8 * size)) != 0 ? std::nullopt : std::optional(number(last + 1, size));
}

bool is_zero(const Bytes& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// `intervals` ascend and are disjoint. What has no beginning before the first begins with an end, as with libnftables;
// in a map, an end where another begins is left out.
void put_intervals(Elements& elements, const std::vector<Interval>& intervals, bool has_begin, bool is_map) {
  const auto put_end = [&](const Bytes& key) {
    elements.add([&](Message& message) {
      message.put32(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
      message.put_value(NFTA_SET_ELEM_KEY, key);
    });
  };
  if (!has_begin && !intervals.empty() && !is_zero(intervals.front().first))
    put_end(Bytes(intervals.front().first.size()));
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const Interval& interval = intervals[i];
    elements.add([&](Message& message) {
      if (interval.element != nullptr && interval.element->timeout)
        message.put64(NFTA_SET_ELEM_TIMEOUT, static_cast<std::uint64_t>(interval.element->timeout->count()));
      if (interval.element != nullptr && interval.element->expires)
        message.put64(NFTA_SET_ELEM_EXPIRATION, static_cast<std::uint64_t>(interval.element->expires->count()));
      message.put_value(NFTA_SET_ELEM_KEY, interval.first);
      if (!interval.chain.empty()) message.put_verdict(NFTA_SET_ELEM_DATA, NFT_GOTO, interval.chain);
      // NFTNL_UDATA_SET_ELEM_FLAGS: nothing ends it.
      if (!interval.end) message.put(NFTA_SET_ELEM_USERDATA, UserData().add(1, std::uint32_t{1}).bytes());
    });
    const bool is_followed = is_map && i + 1 < intervals.size() && interval.end == intervals[i + 1].first;
    if (interval.end && !is_followed) put_end(*interval.end);
  }
}

// What libnftables takes for the size of a set with intervals that has no size of its own.
std::uint32_t size_of(const std::vector<Interval>& intervals) {
  return static_cast<std::uint32_t>(2 * intervals.size() + (is_zero(intervals.front().first) ? 0 : 1));
}

void put_set_head(Message& message, SetHead set, std::uint32_t flags, std::uint32_t type, std::uint32_t length) {
  message.put(NFTA_SET_TABLE, nft_table_name);
  message.put(NFTA_SET_NAME, set.name);
  message.put32(NFTA_SET_FLAGS, flags);
  message.put32(NFTA_SET_KEY_TYPE, type);
  message.put32(NFTA_SET_KEY_LEN, length);
}

void put_size(Message& message, std::uint32_t size) {
  message.nest(NFTA_SET_DESC, [&] { message.put32(NFTA_SET_DESC_SIZE, size); });
}

// The key of a set of services: each part fills up 32-bit words (NFT_REG32_SIZE).
Bytes service_key(const Address& address, Protocol protocol, std::uint16_t port) {
  Bytes key = bytes_of(address);
  key.insert(key.end(), {protocol_number(protocol), 0, 0, 0});
  append_number(key, port, 2);
  key.insert(key.end(), {0, 0});
  return key;
}

// The expressions of one rule, and the sets that it has to itself.
class RuleExpressions {
 public:
  RuleExpressions(Message& message, std::span<const SetHead> own, const std::map<std::string_view, std::uint32_t>& ids)
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

  static bool has_ranges(const NftDispatch& dispatch) {
    return std::any_of(dispatch.entries.begin(), dispatch.entries.end(),
                       [](const NftDispatch::Entry& entry) { return entry.ids.first != entry.ids.last; });
  }

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
  const std::map<std::string_view, std::uint32_t>& ids_;
  std::optional<Family> family_;
  std::optional<Protocol> protocol_;
};

class Encoder {
 public:
  std::optional<Messages> encode(const NftChange& change) {
    for (const NftCommand& command : change.commands) std::visit(*this, command);
    if (!is_good_) return std::nullopt;
    return std::move(messages_);
  }

  void operator()(const NftClear&) {
    add_table();
    Message message(messages_.rules, NFT_MSG_DELTABLE, 0);
    message.put(NFTA_TABLE_NAME, nft_table_name);
  }

  void operator()(const NftRemoval& removal) {
    struct Attributes {
      unsigned message;
      std::uint16_t table;
      std::uint16_t name;
    };
    constexpr Attributes all[] = {{NFT_MSG_DELRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN},
                                  {NFT_MSG_DELCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME},
                                  {NFT_MSG_DELSET, NFTA_SET_TABLE, NFTA_SET_NAME}};
    const Attributes& attributes = all[static_cast<std::size_t>(removal.what)];
    Message message(messages_.rules, attributes.message, 0);
    message.put(attributes.table, nft_table_name);
    message.put(attributes.name, removal.name);
  }

  void operator()(const NftTable& table) {
    add_table();
    for (const NftChain& chain : table.chains) add_chain(chain);
    for (const auto& set : table.sets) {
      const SetHead head{set->name, ids_[set->name] = ++last_id_};
      add_set(*set, head);
      add_elements(*set, head, set->elements, false);
    }
    for (const NftChain& chain : table.chains)
      for (const NftRule& rule : chain.rules) add_rule(chain.name, rule);
  }

  void operator()(const NftAddition& addition) {
    const auto id = ids_.find(addition.set->name);
    add_elements(*addition.set, {addition.set->name, id == ids_.end() ? 0 : id->second}, addition.elements,
                 !addition.set->elements.empty());
  }

 private:
  void check(std::string_view name, std::string_view comment) {
    is_good_ = is_good_ && name.size() < NFT_NAME_MAXLEN && comment.size() <= longest_comment;
  }

  void add_table() {
    Message message(messages_.rules, NFT_MSG_NEWTABLE, 0);
    message.put(NFTA_TABLE_NAME, nft_table_name);
    message.put32(NFTA_TABLE_FLAGS, 0);
  }

  void add_chain(const NftChain& chain) {
    check(chain.name, chain.comment);
    Message message(messages_.rules, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
    message.put(NFTA_CHAIN_TABLE, nft_table_name);
    message.put(NFTA_CHAIN_NAME, chain.name);
    if (!chain.comment.empty()) message.put(NFTA_CHAIN_USERDATA, comment_data(chain.comment).bytes());
    if (!chain.drops) return;
    message.put(NFTA_CHAIN_TYPE, "filter");
    message.put32(NFTA_CHAIN_POLICY, *chain.drops ? NF_DROP : NF_ACCEPT);
    message.nest(NFTA_CHAIN_HOOK, [&] {
      message.put32(NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
      message.put32(NFTA_HOOK_PRIORITY, 0);  // NF_IP_PRI_FILTER
    });
  }

  void add_set(const NftSet& set, SetHead head) {
    check(set.name, set.comment);
    const std::uint32_t length = set.family == Family::ipv4 ? 4 : 16;
    const std::uint32_t flags = (set.has_intervals ? std::uint32_t{NFT_SET_INTERVAL} : 0U) |
                                (set.timeout.count() != 0 ? std::uint32_t{NFT_SET_TIMEOUT} : 0U) |
                                (set.has_services ? std::uint32_t{NFT_SET_CONCAT} : 0U);
    Message message(messages_.rules, NFT_MSG_NEWSET, NLM_F_CREATE);
    const std::uint32_t type = address_type(set.family);
    put_set_head(message, head, flags, set.has_services ? type << 12 | inet_protocol << 6 | inet_service : type,
                 set.has_services ? length + 8 : length);
    message.put32(NFTA_SET_ID, head.id);
    if (set.has_services)
      message.nest(NFTA_SET_DESC, [&] {
        message.nest(NFTA_SET_DESC_CONCAT, [&] {
          for (const std::uint32_t part : {length, 1U, 2U})
            message.nest(NFTA_LIST_ELEM, [&] { message.put32(NFTA_SET_FIELD_LEN, part); });
        });
      });
    else if (set.size != 0)
      put_size(message, set.size);
    if (set.timeout.count() != 0)
      message.put64(NFTA_SET_TIMEOUT, static_cast<std::uint64_t>(set.timeout.count()) * 1000);
    UserData data;
    data.add(key_order, set.has_services ? unknown_order : network_order);
    data.add(key_typeof, set.has_services ? service_expression(set.family)
                                          : payload_expression(set.family == Family::ipv4 ? ip_daddr : ip6_daddr));
    if (!set.comment.empty()) data.add_text(set_comment, set.comment);
    message.put(NFTA_SET_USERDATA, data.bytes());
    if (!set.counts) return;
    message.nest(NFTA_SET_EXPR, [&] {
      message.put(NFTA_EXPR_NAME, "counter");
      message.nest(NFTA_EXPR_DATA, [] {});
    });
  }

  // `is_begun`: the set has others already.
  void add_elements(const NftSet& set, SetHead head, const std::vector<NftElement>& all, bool is_begun) {
    if (set.has_services) return add_services(head, all);
    Elements elements(messages_.rules, head);
    std::vector<Interval> intervals;
    for (const NftElement& element : all) {
      const AddressRange range = range_of(element.address);
      intervals.push_back({bytes_of(range.first), behind(range.last), {}, &element});
    }
    if (set.has_intervals) {
      std::sort(intervals.begin(), intervals.end(),
                [](const Interval& a, const Interval& b) { return a.first < b.first; });
      return put_intervals(elements, intervals, is_begun, false);
    }
    for (const Interval& one : intervals)
      elements.add([&](Message& message) {
        if (one.element->timeout)
          message.put64(NFTA_SET_ELEM_TIMEOUT, static_cast<std::uint64_t>(one.element->timeout->count()));
        if (one.element->expires)
          message.put64(NFTA_SET_ELEM_EXPIRATION, static_cast<std::uint64_t>(one.element->expires->count()));
        message.put_value(NFTA_SET_ELEM_KEY, one.first);
      });
  }

  void add_services(SetHead head, const std::vector<NftElement>& all) {
    Elements elements(messages_.elements, head);
    for (const NftElement& element : all) {
      const AddressRange range = range_of(element.address);
      elements.add([&](Message& message) {
        message.put_value(NFTA_SET_ELEM_KEY, service_key(range.first, element.protocol, element.ports.first));
        message.put_value(NFTA_SET_ELEM_KEY_END, service_key(range.last, element.protocol, element.ports.last));
      });
    }
    messages_.count += all.size();
  }

  void add_rule(const std::string& chain, const NftRule& rule) {
    check({}, rule.comment);
    own_.clear();
    for (const NftStatement& statement : rule.statements) add_own_set(statement);
    Message message(messages_.rules, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
    message.put(NFTA_RULE_TABLE, nft_table_name);
    message.put(NFTA_RULE_CHAIN, chain);
    RuleExpressions expressions(message, own_, ids_);
    message.nest(NFTA_RULE_EXPRESSIONS, [&] {
      for (const NftStatement& statement : rule.statements) std::visit(expressions, statement);
    });
    if (!rule.comment.empty()) message.put(NFTA_RULE_USERDATA, comment_data(rule.comment).bytes());
  }

  // The set that a statement looks something up in, if it is not a named one.
  void add_own_set(const NftStatement& statement) {
    if (const auto* icmp = std::get_if<NftIcmp>(&statement); icmp != nullptr && icmp->types.size() > 1) {
      const bool is_4 = icmp->family == Family::ipv4;
      std::vector<Bytes> keys;
      for (const std::uint8_t type : icmp->types) keys.push_back({type});
      add_values(is_4 ? icmp_type : icmpv6_type, keys, is_4 ? icmp_kind : icmpv6_kind);
    } else if (const auto* route = std::get_if<NftRoute>(&statement)) {
      std::vector<Interval> ranges;
      for (const Prefix& prefix : route->destination)
        ranges.push_back({bytes_of(prefix.address), behind(range_of(prefix).last)});
      add_ranges(address_type(route->from.address.family), merged(std::move(ranges)), ip6_daddr);
    } else if (const auto* ports = std::get_if<NftDestinationPorts>(&statement);
               ports != nullptr && ports->ports.size() > 1) {
      add_ports(*ports);
    } else if (const auto* dispatch = std::get_if<NftDispatch>(&statement)) {
      add_map(*dispatch);
    }
  }

  void add_ports(const NftDestinationPorts& ports) {
    const Field field = ports.protocol == Protocol::tcp ? tcp_dport : udp_dport;
    const auto is_single = [](const PortRange& range) { return range.first == range.last; };
    if (std::all_of(ports.ports.begin(), ports.ports.end(), is_single)) {
      std::vector<Bytes> keys;
      for (const PortRange& range : ports.ports) keys.push_back(number(range.first, 2));
      return add_values(inet_service, keys, field);
    }
    std::vector<Interval> ranges;
    for (const PortRange& range : ports.ports) ranges.push_back({number(range.first, 2), behind(range.last, 2)});
    add_ranges(inet_service, merged(std::move(ranges)), field);
  }

  // Neighbours as one, which libnftables makes of them in a set without a name.
  static std::vector<Interval> merged(std::vector<Interval> ranges) {
    std::vector<Interval> all;
    for (Interval& range : ranges)
      if (!all.empty() && all.back().end == range.first)
        all.back().end = std::move(range.end);
      else
        all.push_back(std::move(range));
    return all;
  }

  SetHead own_set(std::string_view name) {
    own_.push_back({name, ++last_id_});
    return own_.back();
  }

  void add_values(DataType type, const std::vector<Bytes>& keys, Field field) {
    const SetHead head = own_set(anonymous_set);
    {
      Message message(messages_.rules, NFT_MSG_NEWSET, NLM_F_CREATE);
      put_set_head(message, head, NFT_SET_ANONYMOUS | NFT_SET_CONSTANT, type,
                   static_cast<std::uint32_t>(keys.front().size()));
      message.put32(NFTA_SET_ID, head.id);
      put_size(message, static_cast<std::uint32_t>(keys.size()));
      message.put(NFTA_SET_USERDATA,
                  UserData().add(key_order, network_order).add(key_typeof, payload_expression(field)).bytes());
    }
    Elements elements(messages_.rules, head);
    for (const Bytes& key : keys) elements.add([&](Message& message) { message.put_value(NFTA_SET_ELEM_KEY, key); });
  }

  void add_ranges(DataType type, const std::vector<Interval>& ranges, Field field) {
    const SetHead head = own_set(anonymous_set);
    {
      Message message(messages_.rules, NFT_MSG_NEWSET, NLM_F_CREATE);
      put_set_head(message, head, NFT_SET_ANONYMOUS | NFT_SET_CONSTANT | NFT_SET_INTERVAL, type,
                   static_cast<std::uint32_t>(ranges.front().first.size()));
      message.put32(NFTA_SET_ID, head.id);
      put_size(message, size_of(ranges));
      message.put(NFTA_SET_USERDATA, UserData()
                                         .add(key_order, network_order)
                                         .add(merges_elements, std::uint32_t{1})
                                         .add(key_typeof, payload_expression(field))
                                         .bytes());
    }
    Elements elements(messages_.rules, head);
    put_intervals(elements, ranges, false, false);
  }

  void add_map(const NftDispatch& dispatch) {
    const bool has_ranges = RuleExpressions::has_ranges(dispatch);
    std::vector<Interval> ranges;
    for (const NftDispatch::Entry& entry : dispatch.entries)
      ranges.push_back({has_ranges ? number(entry.ids.first, 4) : host_number(entry.ids.first),
                        behind(entry.ids.last, 4), entry.chain});
    if (has_ranges)
      std::sort(ranges.begin(), ranges.end(), [](const Interval& a, const Interval& b) { return a.first < b.first; });
    const SetHead head = own_set(anonymous_map);
    {
      Message message(messages_.rules, NFT_MSG_NEWSET, NLM_F_CREATE);
      put_set_head(message, head,
                   NFT_SET_ANONYMOUS | NFT_SET_CONSTANT | NFT_SET_MAP | (has_ranges ? NFT_SET_INTERVAL : 0),
                   dispatch.by_gid ? gid : uid, 4);
      message.put32(NFTA_SET_DATA_TYPE, NFT_DATA_VERDICT);
      message.put32(NFTA_SET_DATA_LEN, 0);
      message.put32(NFTA_SET_ID, head.id);
      put_size(message, has_ranges ? size_of(ranges) : static_cast<std::uint32_t>(ranges.size()));
      constexpr std::uint32_t verdict = 1;  // an expression of this kind, which keeps nothing of it
      message.put(NFTA_SET_USERDATA, UserData()
                                         .add(key_order, host_order)
                                         .add(data_order, unknown_order)
                                         .add(data_typeof, expression(verdict, UserData()))
                                         .add(data_interval, std::uint32_t{0})
                                         .bytes());
    }
    Elements elements(messages_.rules, head);
    if (has_ranges) return put_intervals(elements, ranges, false, true);
    for (const Interval& one : ranges)
      elements.add([&](Message& message) {
        message.put_value(NFTA_SET_ELEM_KEY, one.first);
        message.put_verdict(NFTA_SET_ELEM_DATA, NFT_GOTO, one.chain);
      });
  }

  Messages messages_;
  bool is_good_ = true;
  std::uint32_t last_id_ = 0;
  std::map<std::string_view, std::uint32_t> ids_;  // of named sets
  std::vector<SetHead> own_;                       // of the rule in the making
};

}  // namespace

std::optional<Messages> encode(const NftChange& change) { return Encoder().encode(change); }

}  // namespace egressc::kernel
