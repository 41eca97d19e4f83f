#include <algorithm>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>

#include "readers/ipset/ipset.h"
#include "readers/meaning/numbers.h"

namespace egressc::readers {
namespace {

constexpr std::pair<std::string_view, SetPart> part_names[] = {
    {"ip", SetPart::address}, {"net", SetPart::address}, {"port", SetPart::port}, {"iface", SetPart::interface},
    {"set", SetPart::member}, {"mac", SetPart::other},   {"mark", SetPart::other}};

// Of ipset(8).
constexpr std::string_view types[] = {"bitmap:ip",         "bitmap:ip,mac", "bitmap:port",     "hash:ip",
                                      "hash:mac",          "hash:ip,mac",   "hash:net",        "hash:net,net",
                                      "hash:ip,port",      "hash:net,port", "hash:ip,port,ip", "hash:ip,port,net",
                                      "hash:net,port,net", "hash:ip,mark",  "hash:net,iface",  "list:set"};

bool add_address(const IpSet& set, std::string_view text, Range& range) {
  const std::size_t dash = text.find('-');
  const auto first = parse_network(text.substr(0, dash), set.family);
  const auto last = dash == std::string_view::npos ? first : parse_network(text.substr(dash + 1), set.family);
  if (!first || !last || first->first > last->last) return false;
  const Number host = set.host_bits == 128 ? ~Number{0} : (Number{1} << set.host_bits) - 1;
  range = {first->first & ~host, last->last | host};
  return true;
}

// "80", "tcp:80", "udp:1000-2000", "icmp:echo-request", "gre:0"
bool add_port(const IpSet& set, std::string_view text, SetElement& element) {
  const std::size_t colon = text.find(':');
  element.protocol = ip_protocol::tcp;
  if (colon != std::string_view::npos) {
    const auto protocol = parse_ip_protocol(text.substr(0, colon));
    if (!protocol || protocol->first != protocol->last) return false;
    element.protocol = static_cast<std::uint8_t>(protocol->first);
    text.remove_prefix(colon + 1);
  }
  const bool icmp = element.protocol == ip_protocol::icmp || element.protocol == ip_protocol::icmpv6;
  auto ports = icmp ? parse_icmp(text, set.family) : parse_range(text, '-', 65535);
  if (!ports) return false;
  if (icmp) ports->last = ports->first;  // a name stands for one code
  element.first_port = static_cast<std::uint16_t>(ports->first);
  element.last_port = static_cast<std::uint16_t>(ports->last);
  return true;
}

void add_name(IpSet& set, std::string_view text, SetElement& element) {
  element.name = static_cast<std::uint32_t>(set.names.size());
  set.names.emplace_back(text);
}

}  // namespace

std::optional<IpSet> set_of_type(std::string_view type) {
  if (std::find(std::begin(types), std::end(types), type) == std::end(types)) return std::nullopt;
  IpSet set;
  set.all_protocols = type == "bitmap:port";
  set.any_family = set.all_protocols || type == "list:set" || type == "hash:mac";
  type.remove_prefix(type.find(':') + 1);
  while (!type.empty()) {
    const std::string_view part = take_item(type, ',');
    for (const auto& [name, meaning] : part_names)
      if (name == part) set.parts.push_back(meaning);
  }
  return set;
}

bool add_element(IpSet& set, std::string_view text, SetElement element) {
  std::size_t addresses = 0;
  for (const SetPart part : set.parts) {
    const std::string_view item = take_item(text, ',');
    if (item.empty()) return false;
    if (part == SetPart::address && !add_address(set, item, element.addresses[addresses++])) return false;
    if (part == SetPart::port && !add_port(set, item, element)) return false;
    if (part == SetPart::interface || part == SetPart::member) add_name(set, item, element);
  }
  if (!text.empty()) return false;
  set.elements.push_back(element);
  return true;
}

namespace {

// What an element holds.
struct Held {
  Range addresses;
  ProtocolRange protocols;
  PortRange ports;
  std::optional<bool> loopback;
  bool nomatch = false;
};

Address address_of(Family family, Number value) {
  return {family, static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
}

FlowBox box_of(const Held& held, Family family) {
  FlowBox box;
  box.loopback = held.loopback;
  box.protocols = held.protocols;
  box.addresses = AddressRange{address_of(family, held.addresses.first), address_of(family, held.addresses.last)};
  box.ports = held.ports;
  return box;
}

bool is_prefix(const Range& range) {
  const Number host = range.first ^ range.last;
  return (host & (host + 1)) == 0 && (range.first & host) == 0;
}

// Fills in what an element says, part by part; `why` is set where that is not all that it asks for.
class ElementReader {
 public:
  ElementReader(const IpSet& set, const std::vector<bool>& is_destination, Family family)
      : set_(set), is_destination_(is_destination) {
    all_.last = family == Family::ipv4 ? Number{0xffffffff} : ~Number{0};
  }

  // False if it holds no packet on its way out.
  bool read(const SetElement& element, Held& held, std::string_view& why) const {
    held.addresses = all_;
    held.nomatch = element.nomatch;
    if (element.expires) why = "its elements time out";
    std::size_t addresses = 0;
    for (std::size_t part = 0; part < set_.parts.size(); ++part) {
      const bool to = is_destination_[part];
      switch (set_.parts[part]) {
        case SetPart::address:
          if (!read_address(element.addresses[addresses++], to, held, why)) return false;
          break;
        case SetPart::port:
          if (!read_port(element, to, held, why)) return false;
          break;
        case SetPart::interface:
          if (!to) return false;  // it came in by none
          read_interface(element, held, why);
          break;
        case SetPart::member:
        case SetPart::other:
          why = "it asks for marks or hardware addresses";
      }
    }
    return true;
  }

 private:
  bool read_address(const Range& range, bool to, Held& held, std::string_view& why) const {
    if (!to) {
      if (range != all_) why = "it asks for the source";
      return true;
    }
    held.addresses = {std::max(held.addresses.first, range.first), std::min(held.addresses.last, range.last)};
    return held.addresses.first <= held.addresses.last;
  }

  // As get_port() of the kernel's ip_set_getport.c: protocols that it finds no port in have port 0.
  bool read_port(const SetElement& element, bool to, Held& held, std::string_view& why) const {
    const std::uint8_t protocol = element.protocol;
    held.protocols = {protocol, protocol};
    const PortRange ports{element.first_port, element.last_port};
    if (protocol == ip_protocol::icmp || protocol == ip_protocol::icmpv6) {
      held.ports = ports;
    } else if (protocol == ip_protocol::tcp || protocol == ip_protocol::udp) {
      if (to)
        held.ports = ports;
      else
        why = "it asks for the source port";
    } else if (protocol == sctp || protocol == udplite) {
      why = "it asks for ports of a protocol other than tcp and udp";
    } else {
      return ports.first == 0;
    }
    return true;
  }

  void read_interface(const SetElement& element, Held& held, std::string_view& why) const {
    const std::string& name = set_.names[element.name];
    if (element.wildcard || name.starts_with("physdev:")) {
      why = "it asks for the interface";
    } else {
      held.loopback = name == "lo";
      if (name != "lo") why = "it asks for the interface";
    }
  }

  static constexpr std::uint8_t sctp = 132;
  static constexpr std::uint8_t udplite = 136;

  const IpSet& set_;
  const std::vector<bool>& is_destination_;
  Range all_;
};

auto key(const Held& held) { return std::tuple(held.loopback, held.protocols, held.ports); }

bool before(const Held& a, const Held& b) {
  if (key(a) != key(b)) return key(a) < key(b);
  if (a.addresses.first != b.addresses.first) return a.addresses.first < b.addresses.first;
  return a.addresses.last > b.addresses.last;
}

// Prefixes of one key, ascending, each before those within it: the innermost decides.
void paint(std::span<const Held> prefixes, Family family, std::vector<FlowBox>& boxes) {
  std::vector<const Held*> open;
  Number next = 0;
  const auto emit = [&](Number first, Number last) {
    if (open.empty() || open.back()->nomatch || first > last) return;
    Held piece = *open.back();
    piece.addresses = {first, last};
    boxes.push_back(box_of(piece, family));
  };
  const auto close = [&] {
    const Number last = open.back()->addresses.last;
    emit(next, last);
    open.pop_back();
    next = last + 1;
    return next != 0;  // else it was the last address of all
  };
  for (const Held& held : prefixes) {
    while (!open.empty() && open.back()->addresses.last < held.addresses.first) close();
    if (!open.empty() && held.addresses.first != next) emit(next, held.addresses.first - 1);
    open.push_back(&held);
    next = held.addresses.first;
  }
  while (!open.empty() && close()) {}
}

FlowSpace painted(std::vector<Held> held, Family family) {
  std::sort(held.begin(), held.end(), before);
  std::vector<FlowBox> boxes;
  for (std::size_t begin = 0, end = 0; begin < held.size(); begin = end) {
    while (end < held.size() && key(held[begin]) == key(held[end])) ++end;
    paint({&held[begin], end - begin}, family, boxes);
  }
  return FlowSpace::from_boxes(boxes);
}

}  // namespace

SetFlows flows_of_elements(const IpSet& set, const std::vector<bool>& is_destination, Family family) {
  const ElementReader reader(set, is_destination, family);
  std::vector<Held> sure;
  std::vector<Held> possible;
  std::string_view why;
  bool has_nomatch = false;
  bool nested = std::count(set.parts.begin(), set.parts.end(), SetPart::address) == 1;
  sure.reserve(set.elements.size());
  for (const SetElement& element : set.elements) {
    Held held;
    std::string_view doubt;
    if (!reader.read(element, held, doubt)) continue;
    has_nomatch |= held.nomatch;
    nested = nested && is_prefix(held.addresses);
    if (why.empty()) why = doubt;
    std::vector<Held>& to = doubt.empty() ? sure : possible;
    to.push_back(held);
    if (!set.all_protocols) continue;
    to.back().protocols = {ip_protocol::tcp, ip_protocol::tcp};
    to.push_back(held);
    to.back().protocols = {ip_protocol::udp, ip_protocol::udp};
  }
  if (has_nomatch && nested && possible.empty()) {
    const FlowSpace exact = painted(std::move(sure), family);
    return {exact, exact, {}};
  }
  const auto unite = [family](const std::vector<Held>& all) {
    std::vector<FlowBox> boxes;
    boxes.reserve(all.size());
    for (const Held& held : all)
      if (!held.nomatch) boxes.push_back(box_of(held, family));
    return FlowSpace::from_boxes(boxes);
  };
  const FlowSpace most = unite(sure);
  if (has_nomatch) return {{}, most | unite(possible), why.empty() ? "it has exceptions" : std::string(why)};
  return {most, possible.empty() ? most : most | unite(possible), std::string(why)};
}

}  // namespace egressc::readers
