// ulogd_output_JSON.c: a packet as an object, with ulogd's own names of what its plugins read, or those of the Common
// Information Model where a plugin has them: "src_ip".
#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "sources/envelope/envelope.h"
#include "sources/envelope/json.h"
#include "sources/envelope/text.h"
#include "sources/netfilter/packet.h"

namespace egressc::sources {
namespace {

struct UlogdKey {
  enum Value : std::size_t {
    prefix,
    in,
    out,
    action,
    timestamp,
    from,
    to,
    raw_from,  // a number, without the plugin IP2STR
    seconds,
    microseconds,
    uid,
    gid,
    protocol,
    next_header,
    from_port,
    to_port,
    offset,
    offset6,
    id,
    label,
    length,
    length6,
    icmp_type,
    icmp6_type,
    syn,
    ack,
    psh,
    rst,
    fin,
    urg,
    keys
  };
};

struct NamedKey {
  std::string_view name;
  UlogdKey::Value key;
};
constexpr NamedKey ulogd_keys[] = {
    {"oob.prefix", UlogdKey::prefix},
    {"oob.in", UlogdKey::in},
    {"oob.out", UlogdKey::out},
    {"action", UlogdKey::action},
    {"timestamp", UlogdKey::timestamp},
    {"src_ip", UlogdKey::from},
    {"ip.saddr.str", UlogdKey::from},
    {"dest_ip", UlogdKey::to},
    {"ip.daddr.str", UlogdKey::to},
    {"ip.saddr", UlogdKey::raw_from},
    {"oob.time.sec", UlogdKey::seconds},
    {"oob.time.usec", UlogdKey::microseconds},
    {"oob.uid", UlogdKey::uid},
    {"oob.gid", UlogdKey::gid},
    {"ip.protocol", UlogdKey::protocol},
    {"ip6.nexthdr", UlogdKey::next_header},
    {"src_port", UlogdKey::from_port},
    {"tcp.sport", UlogdKey::from_port},
    {"udp.sport", UlogdKey::from_port},
    {"dest_port", UlogdKey::to_port},
    {"tcp.dport", UlogdKey::to_port},
    {"udp.dport", UlogdKey::to_port},
    {"ip.fragoff", UlogdKey::offset},
    {"ip6.fragoff", UlogdKey::offset6},
    {"ip.id", UlogdKey::id},
    {"ip6.flowlabel", UlogdKey::label},
    {"ip.totlen", UlogdKey::length},
    {"ip6.payloadlen", UlogdKey::length6},
    {"icmp.type", UlogdKey::icmp_type},
    {"icmpv6.type", UlogdKey::icmp6_type},
    {"tcp.syn", UlogdKey::syn},
    {"tcp.ack", UlogdKey::ack},
    {"tcp.psh", UlogdKey::psh},
    {"tcp.rst", UlogdKey::rst},
    {"tcp.fin", UlogdKey::fin},
    {"tcp.urg", UlogdKey::urg},
};

// Keeps the wanted values of the outermost object.
class UlogdHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, UlogdHandler> {
 public:
  std::array<std::optional<std::string_view>, UlogdKey::keys> texts;
  std::array<std::optional<std::uint64_t>, UlogdKey::keys> numbers;
  bool is_packet = false;
  bool is_connection = false;

  bool Default() { return depth_ != 0; }
  bool StartObject() { return ++depth_ != 0; }
  bool EndObject(rapidjson::SizeType) { return --depth_, true; }
  bool StartArray() { return depth_++ != 0; }
  bool EndArray(rapidjson::SizeType) { return --depth_, true; }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    key_ = UlogdKey::keys;
    if (depth_ != 1) return true;
    const std::string_view name(text, size);
    is_packet = is_packet || name.starts_with("oob.");
    is_connection = is_connection || name.starts_with("orig.") || name.starts_with("ct.");
    const auto* const known = std::find_if(std::begin(ulogd_keys), std::end(ulogd_keys),
                                           [&](const NamedKey& each) { return each.name == name; });
    if (known == std::end(ulogd_keys)) return true;
    key_ = known->key;
    return !texts[key_] && !numbers[key_];
  }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (is_wanted()) texts[key_] = std::string_view(text, size);
    return Default();
  }
  bool Uint(unsigned number) { return Uint64(number); }
  bool Uint64(std::uint64_t number) {
    if (is_wanted()) numbers[key_] = number;
    return Default();
  }
  bool Bool(bool value) { return Uint64(value ? 1 : 0); }

 private:
  bool is_wanted() const { return depth_ == 1 && key_ != UlogdKey::keys; }

  std::size_t key_ = UlogdKey::keys;
  std::size_t depth_ = 0;
};

// False for a number that is none of T's. One that is missing stays what it is.
template <class T>
bool take_ulogd_value(const std::optional<std::uint64_t>& number, T& value) {
  if (number && *number > std::numeric_limits<T>::max()) return false;
  if (number) value = static_cast<T>(*number);
  return true;
}

bool read_ulogd_addresses(const UlogdHandler& json, AddressMemo& addresses, Packet& packet) {
  const auto source = addresses.parse(*json.texts[UlogdKey::from]);
  const auto destination = addresses.parse(*json.texts[UlogdKey::to]);
  if (!source || !destination) return false;
  packet.from = *source;
  packet.to = *destination;
  return true;
}

bool read_ulogd_numbers(const UlogdHandler& json, Packet& packet) {
  const auto& numbers = json.numbers;
  std::uint16_t ipv4_offset = 0;
  std::uint16_t ipv6_offset = 0;
  const bool is_read =
      take_ulogd_value(numbers[UlogdKey::next_header], packet.protocol) &&
      take_ulogd_value(numbers[UlogdKey::protocol], packet.protocol) &&
      take_ulogd_value(numbers[UlogdKey::from_port], packet.from_port) &&
      take_ulogd_value(numbers[UlogdKey::to_port], packet.to_port) &&
      take_ulogd_value(numbers[UlogdKey::uid], packet.uid) && take_ulogd_value(numbers[UlogdKey::gid], packet.gid) &&
      take_ulogd_value(numbers[UlogdKey::id], packet.id) && take_ulogd_value(numbers[UlogdKey::label], packet.id) &&
      take_ulogd_value(numbers[UlogdKey::length], packet.length) &&
      take_ulogd_value(numbers[UlogdKey::length6], packet.length) &&
      take_ulogd_value(numbers[UlogdKey::offset], ipv4_offset) &&
      take_ulogd_value(numbers[UlogdKey::offset6], ipv6_offset) &&
      take_ulogd_value(numbers[UlogdKey::icmp_type], packet.icmp_type) &&
      take_ulogd_value(numbers[UlogdKey::icmp6_type], packet.icmp_type);
  constexpr std::uint16_t ipv4_offset_bits = 0x1fff;  // RFC 791: three flags stand before them
  packet.later_fragment = (ipv4_offset & ipv4_offset_bits) != 0 || ipv6_offset != 0;
  packet.has_ports = numbers[UlogdKey::from_port] && numbers[UlogdKey::to_port];
  packet.has_icmp_type = numbers[UlogdKey::icmp_type] || numbers[UlogdKey::icmp6_type];
  const auto is_set = [&](UlogdKey::Value key) { return numbers[key].value_or(0) != 0; };
  packet.syn = is_set(UlogdKey::syn);
  packet.ack = is_set(UlogdKey::ack);
  packet.other_flags = is_set(UlogdKey::psh) || is_set(UlogdKey::rst) || is_set(UlogdKey::fin) || is_set(UlogdKey::urg);
  return is_read;
}

// The time since 1970 if it is there: the other has no zone.
Micros time_of_ulogd(const UlogdHandler& json, const ParseContext& context) {
  const auto& at = json.numbers[UlogdKey::seconds];
  if (at && *at < static_cast<std::uint64_t>(seconds_of_year_10000)) {
    const std::uint64_t fraction = json.numbers[UlogdKey::microseconds].value_or(0);
    return static_cast<Micros>(*at) * second + static_cast<Micros>(fraction < 1'000'000 ? fraction : 0);
  }
  const auto stamp = parse_stamp(json.texts[UlogdKey::timestamp].value_or(std::string_view()), context);
  return stamp ? stamp->at : no_time;
}

std::string_view read_ulogd_packet(const UlogdHandler& json, AddressMemo& addresses, Packet& packet) {
  if (!json.texts[UlogdKey::from] || !json.texts[UlogdKey::to])
    return json.numbers[UlogdKey::raw_from] ? "a packet of ulogd with addresses as numbers: its stack needs IP2STR"
                                            : "a packet of ulogd without addresses";
  if (!read_ulogd_addresses(json, addresses, packet) || !read_ulogd_numbers(json, packet))
    return "a netfilter packet with a value out of range";
  if (!json.numbers[UlogdKey::protocol] && !json.numbers[UlogdKey::next_header]) return "a netfilter packet cut short";
  return {};
}

}  // namespace

UlogdPacket read_ulogd_json(std::string_view line, const ParseContext& context, AddressMemo& addresses,
                            std::string& buffer) {
  UlogdPacket read;
  UlogdHandler json;
  if (!read_json(line, buffer, json)) return read;
  read.is_ulogd = json.is_packet || json.is_connection;
  if (!json.is_packet) {
    read.unusable = "a connection that ulogd tracked, which is no packet";
    return read;
  }
  read.unusable = read_ulogd_packet(json, addresses, read.packet);
  read.head.in = !json.texts[UlogdKey::in].value_or("").empty();
  read.head.out = !json.texts[UlogdKey::out].value_or("").empty();
  read.head.out_lo = json.texts[UlogdKey::out].value_or("") == "lo";
  read.prefix = json.texts[UlogdKey::prefix].value_or("");
  read.at = time_of_ulogd(json, context);
  read.blocked = json.texts[UlogdKey::action].value_or("") == "blocked";
  return read;
}

}  // namespace egressc::sources
