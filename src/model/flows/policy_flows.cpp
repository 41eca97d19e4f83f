#include <initializer_list>
#include <utility>

#include "egressc/policy.h"
#include "model/flows/arena.h"
#include "model/words/words.h"

namespace egressc::model {
namespace {

constexpr std::uint64_t discard_only = 0x0100000000000000;
constexpr std::size_t most_labels = (1U << 24) - 1;

Address address_of(std::uint32_t number, Family family) {
  if (family == Family::ipv4) return ipv4(number);
  return {Family::ipv6, discard_only, number};
}

constexpr std::uint16_t domain_port = 53;  // RFC 1035, 4.2

// A union in the making: boxes, which is fast for many small parts, and sets where boxes would multiply.
struct Parts {
  std::vector<FlowBox> boxes;
  std::vector<FlowSpace> spaces;

  FlowSpace unite() {
    spaces.push_back(FlowSpace::from_boxes(boxes));
    return FlowSpace::unite(std::move(spaces));
  }
};

FlowBox box_of(std::uint8_t protocol, PortRange ports) {
  FlowBox box;
  box.protocols = {protocol, protocol};
  box.ports = ports;
  return box;
}

FlowBox echo_box(Family family) {
  FlowBox box = box_of(icmp_of(family), icmp_type(echo_type(family)));
  box.addresses = range_of(Prefix{{family, 0, 0}, 0});
  return box;
}

std::vector<FlowBox> boxes_of(const std::vector<Service>& services) {
  std::vector<FlowBox> boxes;
  for (const Service& service : services) {
    switch (service.protocol) {
      case Protocol::any:
        boxes.push_back(box_of(ip_protocol::tcp, service.ports));
        boxes.push_back(box_of(ip_protocol::udp, service.ports));
        break;
      case Protocol::tcp:
        boxes.push_back(box_of(ip_protocol::tcp, service.ports));
        break;
      case Protocol::udp:
        boxes.push_back(box_of(ip_protocol::udp, service.ports));
        break;
      case Protocol::icmp:
        boxes.push_back(echo_box(Family::ipv4));
        break;
      case Protocol::icmpv6:
        boxes.push_back(echo_box(Family::ipv6));
        break;
    }
  }
  return boxes;
}

std::vector<FlowBox> boxes_of(const std::vector<IdRange>& ids, IdRange FlowBox::*field) {
  if (ids.empty()) return boxes_of({every_id}, field);
  std::vector<FlowBox> boxes(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) boxes[i].*field = ids[i];
  return boxes;
}

// Adds the subject's grants to one holder of ids.
class Opener {
 public:
  Opener(Parts& parts, IdRange uids, IdRange gids) : parts_(parts), uids_(uids), gids_(gids) {}

  void open(std::span<const Prefix> places, const std::vector<FlowBox>& services) {
    constexpr std::size_t worthwhile = 4;  // an estimate: a set costs about as much as a few boxes
    if (places.size() * services.size() <= worthwhile * (places.size() + services.size())) {
      for (const Prefix& place : places)
        for (const FlowBox& service : services) open(place, service);
      return;
    }
    std::vector<FlowBox> there(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      there[i].uids = uids_;
      there[i].gids = gids_;
      there[i].addresses = range_of(places[i]);
    }
    parts_.spaces.push_back(FlowSpace::from_boxes(there) & FlowSpace::from_boxes(services));
  }

 private:
  void open(const Prefix& place, const FlowBox& service) {
    if (service.addresses && service.addresses->first.family != place.address.family) return;
    FlowBox& box = parts_.boxes.emplace_back(service);
    box.uids = uids_;
    box.gids = gids_;
    box.addresses = range_of(place);
  }

  Parts& parts_;
  IdRange uids_;
  IdRange gids_;
};

struct Settings {
  std::optional<CivilDate> today;
  LiveMarkers* markers;
};

void open_grant(Opener& opener, const Grant& grant, LiveMarkers* markers) {
  const std::vector<FlowBox> services = boxes_of(grant.services);
  if (grant.prefix) opener.open({&*grant.prefix, 1}, services);
  const bool has_marker = grant.live && markers != nullptr;
  if (!has_marker || !markers->stand_alone()) opener.open(grant.addresses, services);
  if (!has_marker) return;
  const std::string label = live_label(grant.names.front());
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const Prefix marker = single(markers->marker(label, family));
    opener.open({&marker, 1}, services);
  }
}

void open_all(Opener opener, const Policy& policy, const Subject& subject, const Settings& settings) {
  std::vector<Prefix> resolvers;
  for (const Address& resolver : policy.resolvers) resolvers.push_back(single(resolver));
  opener.open(resolvers, boxes_of({{Protocol::any, {domain_port, domain_port}}}));
  for (const Grant& grant : subject.allow) {
    if (grant.expires && settings.today && *grant.expires < *settings.today) continue;
    open_grant(opener, grant, settings.markers);
  }
}

// Whoever the policy has a say in: all of a subject's uids, whatever the gid, since a uid is governed whole.
FlowSpace governed(const Policy& policy) {
  std::vector<FlowBox> boxes;
  for (const Subject& subject : policy.subjects) {
    for (const IdRange& uids : subject.uids) boxes.emplace_back().uids = uids;
    if (!subject.uids.empty()) continue;
    for (const IdRange& gids : subject.gids) boxes.emplace_back().gids = gids;
  }
  return FlowSpace::from_boxes(boxes);
}

FlowSpace flows_of_others(const Policy& policy) {
  FlowSpace others = possible_flows() - governed(policy);
  if (policy.scope == Scope::subjects) return others;
  const auto& words = policy.baseline;
  if (std::find(words.begin(), words.end(), Baseline::loopback) == words.end()) return {};
  FlowBox loopback;
  loopback.loopback = true;
  return others & FlowSpace(loopback);
}

constexpr IdRange anyone{0, no_id};
constexpr IdRange kernel{no_id, no_id};
constexpr std::uint64_t link_local = 0xfe80000000000000;

void add_icmp(std::vector<FlowBox>& boxes, Family family, IdRange ids, std::initializer_list<std::uint8_t> types) {
  const std::uint8_t protocol = icmp_of(family);
  for (const std::uint8_t type : types) {
    FlowBox& box = boxes.emplace_back();
    box.uids = ids;
    box.gids = ids;
    box.protocols = {protocol, protocol};
    box.addresses = range_of(Prefix{{family, 0, 0}, 0});
    box.ports = icmp_type(type);
  }
}

void add_udp(std::vector<FlowBox>& boxes, const Prefix& to, std::uint16_t port) {
  FlowBox& box = boxes.emplace_back();
  box.protocols = {ip_protocol::udp, ip_protocol::udp};
  box.addresses = range_of(to);
  box.ports = {port, port};
}

void add(std::vector<FlowBox>& boxes, Baseline word) {
  switch (word) {
    case Baseline::ndp:  // RFC 4861, 4: all but what a router sends
      add_icmp(boxes, Family::ipv6, anyone, {133, 135, 136});
      break;
    case Baseline::mld:  // RFC 2710, 3; RFC 3810, 5.2
      add_icmp(boxes, Family::ipv6, anyone, {131, 132, 143});
      break;
    case Baseline::dhcp:
      add_udp(boxes, {{Family::ipv4, 0, 0}, 0}, 67);
      add_udp(boxes, {{Family::ipv6, link_local, 0}, 10}, 547);
      add_udp(boxes, single(Address{Family::ipv6, 0xff02000000000000, 0x10002}), 547);  // ff02::1:2, RFC 8415, 7.1
      break;
    case Baseline::icmp_errors:  // RFC 792; RFC 4443, 2.1. The kernel sends them, and nobody else may.
      add_icmp(boxes, Family::ipv4, kernel, {3, 11, 12});
      add_icmp(boxes, Family::ipv6, kernel, {1, 2, 3, 4});
      break;
    case Baseline::loopback:
      break;
  }
}

}  // namespace
}  // namespace egressc::model

namespace egressc {

Address LiveMarkers::marker(std::string_view label, Family family) {
  using namespace model;
  const auto [entry, is_new] = numbers_.emplace(label, static_cast<std::uint32_t>(labels_.size() + 1));
  if (is_new) {
    if (labels_.size() == most_labels) throw model::FlowLimit("there are too many live sets");
    labels_.emplace_back(label);
  }
  return address_of(entry->second, family);
}

std::optional<std::string_view> LiveMarkers::label(const Address& address) const {
  if (address.high != (address.family == Family::ipv4 ? 0 : model::discard_only)) return std::nullopt;
  if (address.low == 0 || address.low > labels_.size()) return std::nullopt;
  return labels_[address.low - 1];
}

std::vector<std::pair<Address, std::string_view>> LiveMarkers::all(Family family) const {
  std::vector<std::pair<Address, std::string_view>> markers;
  for (const std::string& label : labels_)
    markers.emplace_back(model::address_of(static_cast<std::uint32_t>(markers.size() + 1), family), label);
  return markers;
}

FlowSpace flows_of(const Grant& grant) {
  using namespace model;
  Parts parts;
  Opener opener(parts, {0, no_id}, {0, no_id});
  open_grant(opener, grant, nullptr);
  return parts.unite();
}

FlowSpace granted_flows(const Policy& policy, std::optional<CivilDate> today, LiveMarkers* markers) {
  using namespace model;
  const Settings settings{today, markers};
  Parts all;
  for (const Subject& subject : policy.subjects) {
    const std::vector<FlowBox> uids = boxes_of(subject.uids, &FlowBox::uids);
    const std::vector<FlowBox> gids = boxes_of(subject.gids, &FlowBox::gids);
    if (uids.size() == 1 && gids.size() == 1) {
      open_all({all, uids.front().uids, gids.front().gids}, policy, subject, settings);
      continue;
    }
    Parts parts;
    open_all({parts, every_id, every_id}, policy, subject, settings);
    all.spaces.push_back(FlowSpace::from_boxes(uids) & FlowSpace::from_boxes(gids) & parts.unite());
  }
  return all.unite();
}

FlowSpace possible_flows() {
  std::array<FlowBox, 2> boxes;
  boxes[0].uids = boxes[0].gids = every_id;
  boxes[1].uids = boxes[1].gids = {no_id, no_id};
  return FlowSpace::from_boxes(boxes);
}

FlowSpace possible_flows(Family family) {
  FlowBox box;
  box.addresses = range_of(Prefix{{family, 0, 0}, 0});
  return FlowSpace(box) & possible_flows();
}

FlowSpace flows_of(const Policy& policy, std::optional<CivilDate> today, LiveMarkers* markers) {
  if (policy.mode == Mode::monitor) return possible_flows();
  return granted_flows(policy, today, markers) | model::flows_of_others(policy);
}

FlowSpace baseline_flows(const Policy& policy) {
  if (policy.scope != Scope::host || policy.mode == Mode::monitor) return {};
  std::vector<FlowBox> boxes;
  for (const Baseline word : policy.baseline) model::add(boxes, word);
  return FlowSpace::from_boxes(boxes) & possible_flows();
}

FlowSpace baseline_flows_at_least(const Policy& policy) {
  Policy errors;
  errors.scope = policy.scope;
  errors.mode = policy.mode;
  for (const Baseline word : policy.baseline)
    if (word == Baseline::icmp_errors) errors.baseline = {word};
  return baseline_flows(errors);
}

}  // namespace egressc
