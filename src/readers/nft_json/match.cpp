#include <fmt/core.h>

#include <algorithm>

#include "egressc/observation.h"
#include "readers/nft_json/lookup.h"

namespace egressc::readers {
namespace {

using Kind = NftKey::Kind;

constexpr std::array<Number, 7> last_values = {no_id, no_id, 1, 255, 0xffffffff, ~Number{0}, 65535};

// What an IPv6 header may name before the transport protocol: hop-by-hop, routing, fragment, AH, destination options,
// mobility, HIP, shim6 (RFC 7045, 2).
constexpr unsigned extension_headers[] = {0, 43, 44, 51, 60, 135, 139, 140};

bool holds(const Ranges& ranges, Number value) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [value](const Range& range) { return range.first <= value && value <= range.last; });
}

// The protocols of packets whose first header may be, or surely is, one of `values`.
NftValues protocols_behind(const NftValues& values) {
  const auto all = [&](const Ranges& ranges) {
    return std::all_of(std::begin(extension_headers), std::end(extension_headers),
                       [&](unsigned header) { return holds(ranges, header); });
  };
  const auto some = [&](const Ranges& ranges) {
    return std::any_of(std::begin(extension_headers), std::end(extension_headers),
                       [&](unsigned header) { return holds(ranges, header); });
  };
  return {all(values.sure) ? values.sure : Ranges{}, some(values.possible) ? Ranges{{0, 255}} : values.possible};
}

Ranges types(const Ranges& ranges) {
  Ranges made;
  for (const Range& range : ranges) made.push_back({range.first << 8, range.last << 8 | 255});
  return made;
}

Ranges codes(const Ranges& ranges) {
  std::vector<Range> made;
  for (Number type = 0; type < 256; ++type)
    for (const Range& range : ranges) made.push_back({type << 8 | range.first, type << 8 | range.last});
  return ranges_of(std::move(made));
}

AddressRange addresses(Family family, const Range& range) {
  const auto address = [family](Number value) {
    return Address{family, static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
  };
  return {address(range.first), address(range.last)};
}

template <typename T>
T narrowed(Number value) {
  return static_cast<T>(value);
}

}  // namespace

NftJsonMatch::NftJsonMatch() {
  for (std::size_t i = 0; i < field_count; ++i) sure_[i] = {{0, last_values[i]}};
  possible_ = sure_;
}

void NftJsonMatch::require(const NftKey& key) {
  if (key.family) require(*key.family);
  if (key.protocol) require_protocol(*key.protocol);
  // Packets that no socket made have neither id: the rule ends there, whatever it asks of them.
  const Ranges ids = {{0, no_id - 1}};
  if (key.kind == Kind::uid) narrow(uid, {ids, ids}, {});
  if (key.kind == Kind::gid) narrow(gid, {ids, ids}, {});
}

void NftJsonMatch::require(Family family) { narrow(family == Family::ipv4 ? address6 : address4, {}, {}); }

void NftJsonMatch::require_protocol(std::uint8_t number) {
  const Ranges one = {{number, number}};
  narrow(protocol, {one, one}, {});
}

void NftJsonMatch::narrow(const NftKey& key, const NftValues& values) {
  require(key);
  const std::string why = values.sure == values.possible ? "" : fmt::format("it depends on {}", key.name);
  switch (key.kind) {
    case Kind::uid:
      return narrow(uid, values, why);
    case Kind::gid:
      return narrow(gid, values, why);
    case Kind::interface:
    case Kind::device_type:
      return narrow(loopback, values, why);
    case Kind::protocol:
      return narrow(protocol, values, why);
    case Kind::next_header:
      return narrow(protocol, protocols_behind(values), "headers may stand between IPv6 and its transport");
    case Kind::address:
      return narrow(key.family == Family::ipv4 ? address4 : address6, values, why);
    case Kind::port:
      return narrow_port(key, values);
    case Kind::icmp_type:
      return narrow(port, {types(values.sure), types(values.possible)}, why);
    case Kind::icmp_code:
      return narrow(port, {codes(values.sure), codes(values.possible)}, why);
    case Kind::family: {
      const bool by_ether_type = key.words == NftWords::ether_type;
      for (const Family family : {Family::ipv4, Family::ipv6}) {
        const unsigned number = family == Family::ipv4 ? (by_ether_type ? 0x0800 : 2) : by_ether_type ? 0x86dd : 10;
        const Field field = family == Family::ipv4 ? address4 : address6;
        const Ranges all = {{0, last_values[field]}};
        narrow(field, {holds(values.sure, number) ? all : Ranges{}, holds(values.possible, number) ? all : Ranges{}},
               why);
      }
      return;
    }
    case Kind::known: {
      const auto count = [&](const Ranges& ranges) {
        return std::count_if(key.candidates.begin(), key.candidates.end(),
                             [&](std::uint32_t candidate) { return holds(ranges, candidate); });
      };
      if (count(values.possible) == 0) return never();
      if (count(values.sure) != static_cast<std::ptrdiff_t>(key.candidates.size()))
        doubt(fmt::format("it depends on {}", key.name));
      return;
    }
    case Kind::opaque:
      return doubt(fmt::format("it depends on {}", key.name));
  }
}

void NftJsonMatch::narrow_port(const NftKey& key, const NftValues& values) {
  const std::string why = values.sure == values.possible ? "" : fmt::format("it depends on {}", key.name);
  const Ranges& protocols = possible_[protocol];
  const auto is_tcp_or_udp = [](const Range& range) {
    return range.first == range.last && (range.first == ip_protocol::tcp || range.first == ip_protocol::udp);
  };
  if (std::all_of(protocols.begin(), protocols.end(), is_tcp_or_udp)) return narrow(port, values, why);
  std::vector<FlowBox> sure;
  std::vector<FlowBox> possible;
  std::vector<FlowBox> none;
  const auto add = [](const Ranges& ranges, std::vector<FlowBox>& surely, std::vector<FlowBox>& possibly) {
    for (const Range& range : ranges) {
      FlowBox box;
      box.ports = {narrowed<std::uint16_t>(range.first), narrowed<std::uint16_t>(range.last)};
      add_transport_boxes(box, surely, possibly);
    }
  };
  add(values.sure, sure, none);
  add(values.possible, none, possible);
  narrow(FlowSpace::from_boxes(sure), FlowSpace::from_boxes(possible), "ports of protocols other than tcp and udp");
}

void NftJsonMatch::narrow(const FlowSpace& least, const FlowSpace& most, std::string_view why) {
  least_ &= least;
  most_ &= most;
  has_spaces_ = true;
  because(why);
}

void NftJsonMatch::narrow(Field field, const NftValues& values, std::string_view why) {
  sure_[field] = intersection(sure_[field], values.sure);
  possible_[field] = intersection(possible_[field], values.possible);
  because(why);
}

void NftJsonMatch::because(std::string_view why) {
  if (why_.empty()) why_ = why;
}

void NftJsonMatch::doubt(std::string_view why) {
  doubtful_ = true;
  because(why);
}

bool NftJsonMatch::may_be_of_both_families() const {
  return !possible_[address4].empty() && !possible_[address6].empty();
}

void NftJsonMatch::never() { never_ = true; }

FlowSpace NftJsonMatch::least() const {
  if (!may_differ()) return most();
  return doubtful_ || never_ ? FlowSpace() : space(sure_, least_);
}

FlowSpace NftJsonMatch::most() const { return never_ ? FlowSpace() : space(possible_, most_); }

// One box if it can be; fields of several ranges are intersected rather than multiplied out.
FlowSpace NftJsonMatch::space(const Fields& fields, const FlowSpace& besides) const {
  FlowBox box;
  for (const Field field : {uid, gid, loopback, protocol, port})
    if (fields[field].empty()) return {};
  const auto hull = [&](Field field) { return Range{fields[field].front().first, fields[field].back().last}; };
  const auto set = [](FlowBox& of, Field field, const Range& range) {
    const IdRange ids{narrowed<std::uint32_t>(range.first), narrowed<std::uint32_t>(range.last)};
    if (field == uid) of.uids = ids;
    if (field == gid) of.gids = ids;
    if (field == loopback && range.first == range.last) of.loopback = range.first == 1;
    if (field == protocol) of.protocols = {narrowed<std::uint8_t>(range.first), narrowed<std::uint8_t>(range.last)};
    if (field == port) of.ports = {narrowed<std::uint16_t>(range.first), narrowed<std::uint16_t>(range.last)};
  };
  for (const Field field : {uid, gid, loopback, protocol, port}) set(box, field, hull(field));

  const auto is_all = [&](Field field) { return fields[field] == Ranges{{0, last_values[field]}}; };
  std::vector<FlowBox> by_address;
  for (const Field field : {address4, address6})
    for (const Range& range : fields[field])
      by_address.emplace_back(box).addresses = addresses(field == address4 ? Family::ipv4 : Family::ipv6, range);
  FlowSpace made = is_all(address4) && is_all(address6) ? FlowSpace(box)
                   : by_address.size() == 1             ? FlowSpace(by_address.front())
                                                        : FlowSpace::from_boxes(by_address);
  for (const Field field : {uid, gid, loopback, protocol, port}) {
    if (fields[field].size() == 1) continue;
    std::vector<FlowBox> boxes;
    for (const Range& range : fields[field]) set(boxes.emplace_back(), field, range);
    made &= FlowSpace::from_boxes(boxes);
  }
  return has_spaces_ ? made & besides : made;
}

void add_transport_boxes(const FlowBox& box, std::vector<FlowBox>& sure, std::vector<FlowBox>& possible) {
  const auto part = [&](unsigned first, unsigned last, bool has_ports) {
    FlowBox made = box;
    made.protocols = {std::max(box.protocols.first, narrowed<std::uint8_t>(first)),
                      std::min(box.protocols.last, narrowed<std::uint8_t>(last))};
    if (!has_ports) made.ports = {};
    if (made.protocols.first > made.protocols.last) return;
    possible.push_back(made);
    if (has_ports) sure.push_back(made);
  };
  part(0, ip_protocol::tcp - 1, false);
  part(ip_protocol::tcp, ip_protocol::tcp, true);
  part(ip_protocol::tcp + 1, ip_protocol::udp - 1, false);
  part(ip_protocol::udp, ip_protocol::udp, true);
  part(ip_protocol::udp + 1, 255, false);
}

}  // namespace egressc::readers
