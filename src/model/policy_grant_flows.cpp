#include "model/policy_grant_flows.h"

#include <span>
#include <utility>
#include <vector>

#include "egressc/flow_space.h"

namespace egressc {
namespace {

constexpr std::uint16_t domain_port = 53;     // RFC 1035, 4.2
constexpr std::uint8_t echo_request_4 = 8;    // RFC 792
constexpr std::uint8_t echo_request_6 = 128;  // RFC 4443, 4.1

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
  FlowBox box = family == Family::ipv4 ? box_of(ip_protocol::icmp, icmp_type(echo_request_4))
                                       : box_of(ip_protocol::icmpv6, icmp_type(echo_request_6));
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

}  // namespace

FlowSpace flows_of(const Grant& grant) {
  Parts parts;
  Opener opener(parts, {0, no_id}, {0, no_id});
  open_grant(opener, grant, nullptr);
  return parts.unite();
}

FlowSpace granted_flows(const Policy& policy, std::optional<CivilDate> today, LiveMarkers* markers) {
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

}  // namespace egressc
