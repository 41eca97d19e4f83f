#include <algorithm>
#include <iterator>
#include <utility>

#include "readers/ipset_table.h"
#include "readers/xtables_values.h"

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

}  // namespace egressc::readers
