#include <algorithm>

#include "egressc/observation.h"
#include "readers/nft_json/lookup.h"

namespace egressc::readers {
namespace {

using Kind = NftKey::Kind;

// What an IPv6 header may name before the transport protocol: hop-by-hop, routing, fragment, AH, destination options,
// mobility, HIP, shim6 (RFC 7045, 2).
constexpr unsigned extension_headers[] = {0, 43, 44, 51, 60, 135, 139, 140};

bool holds(const Ranges& ranges, Number value) {
  return std::any_of(ranges.begin(), ranges.end(), [value](const Range& range) { return range.holds(value); });
}

// The protocols of packets whose first header may be, or surely is, one of `values`.
RangeBounds protocols_behind(const RangeBounds& values) {
  const auto count = [](const Ranges& ranges) {
    return std::count_if(std::begin(extension_headers), std::end(extension_headers),
                         [&](unsigned header) { return holds(ranges, header); });
  };
  const bool holds_all = count(values.sure) == std::ssize(extension_headers);
  return {holds_all ? values.sure : Ranges{}, count(values.possible) != 0 ? Ranges{{0, 255}} : values.possible};
}

Ranges every_code_of(const Ranges& ranges) {
  Ranges made;
  for (const Range& range : ranges) made.push_back({range.first << 8, range.last << 8 | 255});
  return made;
}

Ranges every_type_with(const Ranges& ranges) {
  std::vector<Range> made;
  for (Number type = 0; type < 256; ++type)
    for (const Range& range : ranges) made.push_back({type << 8 | range.first, type << 8 | range.last});
  return ranges_of(std::move(made));
}

// nullopt for keys that are no field of a flow by themselves.
std::optional<Field> field_of(const NftKey& key) {
  switch (key.kind) {
    case Kind::uid:
      return Field::uid;
    case Kind::gid:
      return Field::gid;
    case Kind::interface:
    case Kind::device_type:
      return Field::loopback;
    case Kind::protocol:
      return Field::protocol;
    case Kind::address:
      return address_field(*key.family);
    default:
      return std::nullopt;
  }
}

void narrow_port(Match& match, const RangeBounds& values, std::string_view why) {
  const Ranges& protocols = match.possible(Field::protocol);
  const auto is_tcp_or_udp = [](const Range& range) {
    return range.first == range.last && (range.first == ip_protocol::tcp || range.first == ip_protocol::udp);
  };
  if (std::all_of(protocols.begin(), protocols.end(), is_tcp_or_udp))
    return match.narrow(Field::port, values, false, why);
  std::vector<FlowBox> sure;
  std::vector<FlowBox> possible;
  std::vector<FlowBox> none;
  const auto add = [](const Ranges& ranges, std::vector<FlowBox>& surely, std::vector<FlowBox>& possibly) {
    for (const Range& range : ranges) {
      FlowBox box;
      box.ports = span_of<PortRange>(range);
      add_transport_boxes(box, surely, possibly);
    }
  };
  add(values.sure, sure, none);
  add(values.possible, none, possible);
  match.narrow({FlowSpace::from_boxes(sure), FlowSpace::from_boxes(possible), std::string(other_ports)});
}

void narrow_family(Match& match, const NftKey& key, const RangeBounds& values, std::string_view why) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const Field field = address_field(family);
    const Ranges all = {{0, last_of(field)}};
    const unsigned number = number_of(family, key);
    match.narrow(field, {holds(values.sure, number) ? all : Ranges{}, holds(values.possible, number) ? all : Ranges{}},
                 false, why);
  }
}

void narrow_known(Match& match, const NftKey& key, const RangeBounds& values) {
  const auto count = [&](const Ranges& ranges) {
    return std::count_if(key.candidates.begin(), key.candidates.end(),
                         [&](std::uint32_t candidate) { return holds(ranges, candidate); });
  };
  if (count(values.possible) == 0) return match.never();
  if (count(values.sure) != std::ssize(key.candidates)) match.doubt(why_undecided(key));
}

void narrow_state(Match& match, const NftKey& key, const RangeBounds& values) {
  FlowBounds bounds;
  for (std::size_t kind = 0; kind < tracked_kinds; ++kind) {
    const auto& states = key.states[kind];
    const auto count = [&](const Ranges& ranges) {
      return std::count_if(states.begin(), states.end(), [&](std::uint32_t state) { return holds(ranges, state); });
    };
    if (count(values.possible) == 0) continue;
    const FlowSpace flows = FlowSpace::from_boxes(boxes_of(static_cast<TrackedKind>(kind)));
    bounds.most |= flows;
    if (count(values.sure) == std::ssize(states))
      bounds.least |= flows;
    else
      bounds.why = why_undecided(key);
  }
  match.narrow(bounds);
}

}  // namespace

void require(Match& match, const NftKey& key) {
  if (key.family) match.narrow(*key.family);
  if (key.protocol) match.narrow(Field::protocol, Ranges{{*key.protocol, *key.protocol}});
  // Packets that no socket made have neither id: the rule ends there, whatever it asks of them.
  if (key.kind == Kind::uid || key.kind == Kind::gid) match.narrow(*field_of(key), Ranges{{0, no_id - 1}});
}

void narrow(Match& match, const NftKey& key, const RangeBounds& values) {
  require(match, key);
  const std::string why = values.sure == values.possible ? "" : why_undecided(key);
  if (const auto field = field_of(key)) return match.narrow(*field, values, false, why);
  switch (key.kind) {
    case Kind::next_header:
      return match.narrow(Field::protocol, protocols_behind(values), false,
                          "headers may stand between IPv6 and its transport");
    case Kind::port:
      return narrow_port(match, values, why);
    case Kind::icmp_type:
      return match.narrow(Field::port, {every_code_of(values.sure), every_code_of(values.possible)}, false, why);
    case Kind::icmp_code:
      return match.narrow(Field::port, {every_type_with(values.sure), every_type_with(values.possible)}, false, why);
    case Kind::family:
      return narrow_family(match, key, values, why);
    case Kind::known:
      return narrow_known(match, key, values);
    case Kind::state:
      return narrow_state(match, key, values);
    default:
      return match.doubt(why_undecided(key));
  }
}

void add_transport_boxes(const FlowBox& box, std::vector<FlowBox>& sure, std::vector<FlowBox>& possible) {
  const auto part = [&](unsigned first, unsigned last, bool has_ports) {
    FlowBox made = box;
    made.protocols = {std::max(box.protocols.first, static_cast<std::uint8_t>(first)),
                      std::min(box.protocols.last, static_cast<std::uint8_t>(last))};
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
