#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <tuple>

#include "egressc/diagnostics.h"
#include "model/words/words.h"
#include "readers/ipset/ipset.h"

namespace egressc::readers {
namespace {

// What an element holds.
struct Held {
  Range addresses;
  ProtocolRange protocols;
  PortRange ports;
  std::optional<bool> loopback;
  bool nomatch = false;
};

FlowBox box_of(const Held& held, Family family) {
  FlowBox box;
  box.loopback = held.loopback;
  box.protocols = held.protocols;
  box.addresses = addresses_of(family, held.addresses);
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
      : set_(set), is_destination_(is_destination), all_{0, last_address(family)} {}

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
    if (is_icmp(protocol)) {
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

constexpr std::size_t most_parts = 3;  // that an element of any type has

FlowBounds unknown_set(std::string why) { return {{}, FlowSpace::all(), std::move(why)}; }

std::string element_text(const SetElement& element, const IpSet& set) {
  std::string text;
  for (const Range& range : element.addresses)
    for (const Number end : {range.first, range.last})
      text += fmt::format("{:x}.{:x} ", static_cast<std::uint64_t>(end >> 64), static_cast<std::uint64_t>(end));
  text += fmt::format("{} {} {} {} {} {} ", element.first_port, element.last_port, element.protocol, element.nomatch,
                      element.expires, element.wildcard);
  return text + (element.name < set.names.size() ? set.names[element.name] : "");
}

bool has_members(const IpSet& set) { return set.parts == std::vector{SetPart::member}; }

}  // namespace

FlowBounds flows_of_elements(const IpSet& set, const std::vector<bool>& is_destination, Family family) {
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

const FlowBounds& IpSetFlows::match(std::string_view set, std::string_view directions) {
  Directions made;
  while (!directions.empty() && made.size() < most_parts) made.push_back(take_until(directions, ',') == "dst");
  return known(std::string(set), made, false);
}

const std::string& IpSetFlows::identity(std::string_view name) {
  const auto [known, is_new] = identities_.try_emplace(std::string(name));
  const auto found = is_new && table_ != nullptr ? table_->sets.find(known->first) : decltype(table_->sets.end()){};
  if (!is_new || table_ == nullptr || found == table_->sets.end()) return known->second;
  const IpSet& set = found->second;
  std::vector<std::string> elements;
  for (const SetElement& element : set.elements) elements.push_back(element_text(element, set));
  std::sort(elements.begin(), elements.end());
  std::string all = fmt::format("{} {} {} {} {} {}", static_cast<int>(set.family), set.any_family, set.all_protocols,
                                set.expires, set.host_bits, set.not_known);
  for (const SetPart part : set.parts) all += fmt::format(" {}", static_cast<int>(part));
  for (const std::string& element : elements) all += "\n" + element;
  if (has_members(set))
    for (const std::string& member : set.names)
      if (member != name) all += "\n" + std::string(identity(member));
  return identities_[std::string(name)] = sha256_hex(all);
}

const FlowBounds& IpSetFlows::known(const std::string& set, const Directions& directions, bool is_member) {
  std::string key = is_member ? "member " : "set ";
  for (const bool to : directions) key += to ? 'd' : 's';
  key += ' ';
  key += set;
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  FlowBounds made = compute(set, directions, is_member);
  return known_.emplace(std::move(key), std::move(made)).first->second;
}

FlowBounds IpSetFlows::compute(const std::string& set, const Directions& directions, bool is_member) {
  const std::string shown = printable(set, 40);
  if (!table_)
    return unknown_set(fmt::format("it depends on what set {} holds: give what \"ipset save\" prints as well", shown));
  const auto found = table_->sets.find(set);
  if (found == table_->sets.end()) return unknown_set(fmt::format("set {} is not among those given", shown));
  const IpSet& held = found->second;
  if (!held.not_known.empty()) return unknown_set(fmt::format("set {}: {}", shown, held.not_known));
  if (changed_.count(set) != 0) return unknown_set(fmt::format("a rule changes what set {} holds", shown));
  if (has_members(held) && is_member)
    return unknown_set(fmt::format("list {} is in a list, which no kernel has", shown));
  if (has_members(held)) return unite_members(held, directions);
  // as ip_set_test() of the kernel's ip_set_core.c
  if (directions.size() < held.parts.size() || (!held.any_family && held.family != family_)) return {};
  if (is_live(set, held)) return live(set, held, directions);
  FlowBounds flows = flows_of_elements(held, directions, family_);
  if (!flows.why.empty()) flows.why = fmt::format("set {}: {}", shown, flows.why);
  return flows;
}

bool IpSetFlows::is_live(const std::string& set, const IpSet& held) const {
  if (!live_.markers || !held.expires) return false;
  return table_->live.contains(set) || (live_.filled && live_.filled->contains(set));
}

// What it holds for now, and what it is filled with.
FlowBounds IpSetFlows::live(const std::string& set, const IpSet& held, const Directions& directions) {
  const FilledSets& filled = live_.filled ? *live_.filled : table_->live;
  IpSet lasting = held;
  if (live_.markers->stand_alone()) lasting.elements.clear();
  for (SetElement& element : lasting.elements) element.expires = false;
  for (const Address& marker : LiveNames(live_.markers, &filled).markers_of(set, {}, family_))
    if (!add_element(lasting, to_string(marker), {})) return unknown_set("its name is not understood");
  return flows_of_elements(lasting, directions, family_);
}

FlowBounds IpSetFlows::unite_members(const IpSet& list, const Directions& directions) {
  std::vector<FlowSpace> least;
  std::vector<FlowSpace> most;
  std::string why;
  for (const SetElement& element : list.elements) {
    const FlowBounds& member = known(list.names[element.name], directions, true);
    most.push_back(member.most);
    if (!element.expires) least.push_back(member.least);
    if (!why.empty()) continue;
    why = element.expires ? "members of a list time out" : member.why;
  }
  return {FlowSpace::unite(std::move(least)), FlowSpace::unite(std::move(most)), std::move(why)};
}

}  // namespace egressc::readers
