#include <algorithm>
#include <initializer_list>
#include <vector>

#include "egressc/flow_space.h"

namespace egressc {
namespace {

constexpr IdRange anyone{0, no_id};
constexpr IdRange kernel{no_id, no_id};
constexpr std::uint64_t link_local = 0xfe80000000000000;

void add_icmp(std::vector<FlowBox>& boxes, Family family, IdRange ids, std::initializer_list<std::uint8_t> types) {
  const std::uint8_t protocol = family == Family::ipv4 ? ip_protocol::icmp : ip_protocol::icmpv6;
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

FlowSpace baseline_flows(const Policy& policy) {
  if (policy.scope != Scope::host || policy.mode == Mode::monitor) return {};
  std::vector<FlowBox> boxes;
  for (const Baseline word : policy.baseline) add(boxes, word);
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
