#include <variant>
#include <vector>

#include "kernel/nft/message.h"

namespace egressc::kernel {
namespace {

// Bytes: the size of an attribute has 16 bits, and an element takes less than 600.
constexpr std::uint32_t longest_element_list = 60000;

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

// Elements of one set, in as many messages as it takes.
class Elements {
 public:
  Elements(std::string& out, SetHead set) : out_(out), set_(set) {}
  Elements(const Elements&) = delete;
  Elements& operator=(const Elements&) = delete;
  ~Elements() { close(); }

  template <typename Body>
  void add(Body body) {
    if (message_ && message_->size() > longest_element_list) close();
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

bool begins_before(const Interval& one, const Interval& other) { return one.first < other.first; }

std::optional<Bytes> behind(const Address& last) {
  const auto end = next(last);
  return end ? std::optional(bytes_of(*end)) : std::nullopt;
}

std::optional<Bytes> behind(std::uint64_t last, unsigned size) {
  return ((last + 1) >> (8 * size)) != 0 ? std::nullopt : std::optional(number(last + 1, size));
}

// The element that an interval begins with, or that is all of it.
void put_begin(Message& message, const Interval& interval) {
  const NftElement* const element = interval.element;
  if (element != nullptr && element->timeout)
    message.put64(NFTA_SET_ELEM_TIMEOUT, static_cast<std::uint64_t>(element->timeout->count()));
  if (element != nullptr && element->expires)
    message.put64(NFTA_SET_ELEM_EXPIRATION, static_cast<std::uint64_t>(element->expires->count()));
  message.put_value(NFTA_SET_ELEM_KEY, interval.first);
  if (!interval.chain.empty()) message.put_verdict(NFTA_SET_ELEM_DATA, NFT_GOTO, interval.chain);
}

// Of a set without intervals.
void put_values(Elements& elements, const std::vector<Interval>& values) {
  for (const Interval& value : values) elements.add([&](Message& message) { put_begin(message, value); });
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
  if (!has_begin && !intervals.empty() && !intervals.front().first.is_zero())
    put_end(Bytes(intervals.front().first.size()));
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const Interval& interval = intervals[i];
    elements.add([&](Message& message) {
      put_begin(message, interval);
      // NFTNL_UDATA_SET_ELEM_FLAGS: nothing ends it.
      if (!interval.end) message.put_bytes(NFTA_SET_ELEM_USERDATA, UserData().add(1, std::uint32_t{1}).bytes());
    });
    const bool is_followed = is_map && i + 1 < intervals.size() && interval.end == intervals[i + 1].first;
    if (interval.end && !is_followed) put_end(*interval.end);
  }
}

// What libnftables takes for the size of a set with intervals that has no size of its own.
std::uint32_t size_of(const std::vector<Interval>& intervals) {
  return static_cast<std::uint32_t>(2 * intervals.size() + (intervals.front().first.is_zero() ? 0 : 1));
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
  for (const std::uint8_t byte : {protocol_number(protocol), std::uint8_t{0}, std::uint8_t{0}, std::uint8_t{0}})
    key.push_back(byte);
  append_number(key, port, 2);
  append_number(key, 0, 2);
  return key;
}

void put_services(Elements& list, std::span<const NftElement> elements) {
  for (const NftElement& element : elements) {
    const AddressRange range = range_of(element.address);
    list.add([&](Message& message) {
      message.put_value(NFTA_SET_ELEM_KEY, service_key(range.first, element.protocol, element.ports.first));
      message.put_value(NFTA_SET_ELEM_KEY_END, service_key(range.last, element.protocol, element.ports.last));
    });
  }
}

// A set that a rule has to itself: the kernel gives it a number for a name.
SetHead put_own(std::string& messages, std::uint32_t id, std::uint32_t flags, DataType type,
                const std::vector<Interval>& entries, const UserData& data) {
  const bool has_intervals = (flags & NFT_SET_INTERVAL) != 0;
  const bool is_map = (flags & NFT_SET_MAP) != 0;
  const SetHead head{is_map ? "__map%d" : "__set%d", id};
  {
    Message message(messages, NFT_MSG_NEWSET, NLM_F_CREATE);
    put_set_head(message, head, flags | NFT_SET_ANONYMOUS | NFT_SET_CONSTANT, type,
                 static_cast<std::uint32_t>(entries.front().first.size()));
    if (is_map) message.put32(NFTA_SET_DATA_TYPE, NFT_DATA_VERDICT);
    if (is_map) message.put32(NFTA_SET_DATA_LEN, 0);
    message.put32(NFTA_SET_ID, id);
    put_size(message, has_intervals ? size_of(entries) : static_cast<std::uint32_t>(entries.size()));
    message.put_bytes(NFTA_SET_USERDATA, data.bytes());
  }
  Elements elements(messages, head);
  if (has_intervals)
    put_intervals(elements, entries, false, is_map);
  else
    put_values(elements, entries);
  return head;
}

UserData typeof_data(Field field, bool has_intervals) {
  UserData data;
  data.add(key_order, network_order);
  if (has_intervals) data.add(merges_elements, std::uint32_t{1});
  data.add(key_typeof, payload_expression(field));
  return data;
}

// In a set without a name, libnftables makes one of neighbours.
std::vector<Interval> merged(const std::vector<Interval>& ranges) {
  std::vector<Interval> all;
  for (const Interval& range : ranges)
    if (!all.empty() && all.back().end == range.first)
      all.back().end = range.end;
    else
      all.push_back(range);
  return all;
}

class OwnSet {
 public:
  OwnSet(std::string& messages, std::uint32_t id) : messages_(messages), id_(id) {}

  std::optional<SetHead> operator()(const NftIcmp& icmp) const {
    if (icmp.types.size() == 1) return std::nullopt;
    std::vector<Interval> types;
    for (const std::uint8_t type : icmp.types) types.push_back({{type}, {}});
    const bool is_4 = icmp.family == Family::ipv4;
    return put_own(messages_, id_, 0, is_4 ? icmp_type : icmpv6_type, types,
                   typeof_data(is_4 ? icmp_kind : icmpv6_kind, false));
  }
  std::optional<SetHead> operator()(const NftRoute& route) const {
    std::vector<Interval> ranges;
    for (const Prefix& prefix : route.destination)
      ranges.push_back({bytes_of(prefix.address), behind(range_of(prefix).last)});
    return put_own(messages_, id_, NFT_SET_INTERVAL, ipv6_address, merged(ranges), typeof_data(ip6_daddr, true));
  }
  std::optional<SetHead> operator()(const NftDestinationPorts& ports) const {
    if (ports.ports.size() == 1) return std::nullopt;
    std::vector<Interval> ranges;
    bool has_intervals = false;
    for (const PortRange& range : ports.ports) {
      ranges.push_back({number(range.first, 2), behind(range.last, 2)});
      has_intervals = has_intervals || range.first != range.last;
    }
    return put_own(messages_, id_, has_intervals ? NFT_SET_INTERVAL : 0, inet_service,
                   has_intervals ? merged(ranges) : ranges,
                   typeof_data(ports.protocol == Protocol::tcp ? tcp_dport : udp_dport, has_intervals));
  }
  std::optional<SetHead> operator()(const NftDispatch& dispatch) const {
    const bool has_intervals = has_ranges(dispatch);
    std::vector<Interval> entries;
    for (const NftDispatch::Entry& entry : dispatch.entries)
      entries.push_back({has_intervals ? number(entry.ids.first, 4) : host_number(entry.ids.first),
                         behind(entry.ids.last, 4), entry.chain});
    if (has_intervals) std::sort(entries.begin(), entries.end(), begins_before);
    constexpr std::uint32_t verdict = 1;  // an expression of this kind, which keeps nothing of it
    UserData data;
    data.add(key_order, host_order).add(data_order, unknown_order);
    data.add(data_typeof, expression(verdict, UserData())).add(data_interval, std::uint32_t{0});
    return put_own(messages_, id_, NFT_SET_MAP | (has_intervals ? std::uint32_t{NFT_SET_INTERVAL} : 0U),
                   dispatch.by_gid ? gid : uid, entries, data);
  }
  template <typename Other>
  std::optional<SetHead> operator()(const Other&) const {
    return std::nullopt;
  }

 private:
  std::string& messages_;
  std::uint32_t id_;
};

}  // namespace

void put_set(std::string& messages, const NftSet& set, SetHead head) {
  const std::uint32_t length = set.family == Family::ipv4 ? 4 : 16;
  const std::uint32_t flags = (set.has_intervals ? std::uint32_t{NFT_SET_INTERVAL} : 0U) |
                              (set.timeout.count() != 0 ? std::uint32_t{NFT_SET_TIMEOUT} : 0U) |
                              (set.has_services ? std::uint32_t{NFT_SET_CONCAT} : 0U);
  Message message(messages, NFT_MSG_NEWSET, NLM_F_CREATE);
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
  if (set.timeout.count() != 0) message.put64(NFTA_SET_TIMEOUT, static_cast<std::uint64_t>(set.timeout.count()) * 1000);
  UserData data;
  data.add(key_order, set.has_services ? unknown_order : network_order);
  data.add(key_typeof, set.has_services ? service_expression(set.family)
                                        : payload_expression(set.family == Family::ipv4 ? ip_daddr : ip6_daddr));
  if (!set.comment.empty()) data.add_text(set_comment, set.comment);
  message.put_bytes(NFTA_SET_USERDATA, data.bytes());
  if (!set.counts) return;
  message.nest(NFTA_SET_EXPR, [&] {
    message.put(NFTA_EXPR_NAME, "counter");
    message.nest(NFTA_EXPR_DATA, [] {});
  });
}

void put_elements(std::string& messages, const NftSet& set, SetHead head, std::span<const NftElement> elements,
                  bool is_begun) {
  Elements list(messages, head);
  if (set.has_services) return put_services(list, elements);
  std::vector<Interval> intervals;
  for (const NftElement& element : elements) {
    const AddressRange range = range_of(element.address);
    intervals.push_back({bytes_of(range.first), behind(range.last), {}, &element});
  }
  if (!set.has_intervals) return put_values(list, intervals);
  std::sort(intervals.begin(), intervals.end(), begins_before);
  put_intervals(list, intervals, is_begun, false);
}

std::optional<SetHead> put_own_set(std::string& messages, const NftStatement& statement, std::uint32_t id) {
  return std::visit(OwnSet(messages, id), statement);
}

}  // namespace egressc::kernel
