#include <algorithm>

#include "model/words/words.h"
#include "rehearse/probes.h"

namespace egressc::rehearse {
namespace {

bool is_mapped(const Address& address) {  // RFC 4291, 2.5.5.2
  return address.family == Family::ipv6 && address.high == 0 && address.low >> 32 == 0xffff;
}

// 127.0.0.0 and 127.255.255.255: ends of a network, RFC 1122, 3.2.1.3.
bool is_end_of_loopback(const Address& address) {
  return address.family == Family::ipv4 && (address.low == 0x7f000000 || address.low == 0x7fffffff);
}

// RFC 4291, 2.7: scopes 0 and F.
bool has_reserved_scope(const Address& address) {
  const std::uint64_t scope = address.high >> 48 & 0xf;
  return address.family == Family::ipv6 && is_multicast(address) && (scope == 0 || scope == 0xf);
}

constexpr Address first_of_ipv4{Family::ipv4, 0, 0x01000000};  // after 0.0.0.0/8
constexpr Address last_before_multicast{Family::ipv6, 0xfeffffffffffffff, ~std::uint64_t{0}};

template <typename Value>
void add(std::vector<Value>& values, const Value& value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

// `end`, or what stands for it.
Address first_of(const Prefix& prefix, std::uint8_t protocol) {
  const Address& end = prefix.address;
  if (can_be_sent_to(end, protocol)) return end;
  if (end.family == Family::ipv4 && is_unspecified(end)) return contains(prefix, first_of_ipv4) ? first_of_ipv4 : end;
  const auto after = next(end);
  return after && contains(prefix, *after) && can_be_sent_to(*after, protocol) ? *after : end;
}

Address last_of(const Prefix& prefix, std::uint8_t protocol) {
  const Address end = range_of(prefix).last;
  if (can_be_sent_to(end, protocol)) return end;
  if (is_multicast(end) && contains(prefix, last_before_multicast)) return last_before_multicast;
  const auto before = previous(end);
  return before && contains(prefix, *before) && can_be_sent_to(*before, protocol) ? *before : end;
}

// Between the ends, where something is.
std::uint64_t between(std::uint64_t first, std::uint64_t last, Mixer mixer) {
  return last - first < 2 ? first : mixer.with(first).with(last).between(first + 1, last - 1);
}

}  // namespace

bool can_be_sent_to(const Address& address, std::uint8_t protocol) {
  if (is_unspecified(address) || is_mapped(address) || is_end_of_loopback(address) || is_broadcast(address) ||
      has_reserved_scope(address))
    return false;
  return protocol != ip_protocol::tcp || !is_multicast(address);
}

bool can_be_sent(const FlowPoint& flow) {
  if (!can_be_sent_to(flow.to, flow.protocol)) return false;
  if (is_icmp(flow.protocol)) return flow.protocol == icmp_of(flow.to.family);
  return flow.port != 0 && !protocol_name(flow.protocol).empty();
}

Address inner_of(const Prefix& prefix, Mixer mixer) {
  Address address = prefix.address;
  const AddressRange range = range_of(prefix);
  address.high |= mixer.with(1).value() & (range.first.high ^ range.last.high);
  address.low |= mixer.with(2).value() & (range.first.low ^ range.last.low);
  return address;
}

std::vector<Address> sample_of(const Prefix& prefix, std::uint8_t protocol, Mixer mixer) {
  constexpr int attempts = 8;
  std::vector<Address> values{first_of(prefix, protocol)};
  add(values, last_of(prefix, protocol));
  for (std::uint64_t attempt = 0; values.size() == 2 && attempt < attempts; ++attempt) {
    const Address inner = inner_of(prefix, mixer.with(prefix.address).with(attempt));
    if (can_be_sent_to(inner, protocol)) add(values, inner);
  }
  return values;
}

std::vector<std::uint16_t> sample_of(PortRange ports, Mixer mixer) {
  if (ports.first == 0 && ports.last > 0) ports.first = 1;
  std::vector<std::uint16_t> values{ports.first};
  add(values, ports.last);
  add(values, static_cast<std::uint16_t>(between(ports.first, ports.last, mixer)));
  return values;
}

std::vector<std::uint32_t> sample_of(const std::vector<IdRange>& ids, Mixer mixer) {
  if (ids.empty()) return sample_of(std::vector<IdRange>{every_id}, mixer);
  std::vector<std::uint32_t> values;
  for (const IdRange& range : ids) {
    const std::uint64_t inner = between(range.first, range.last, mixer);
    for (const std::uint64_t id : {std::uint64_t{range.first}, std::uint64_t{range.last}, inner})
      values.push_back(static_cast<std::uint32_t>(id));
  }
  sort_unique(values);
  return values;
}

}  // namespace egressc::rehearse
