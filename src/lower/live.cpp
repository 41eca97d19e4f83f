#include "lower/live.h"

#include <fmt/core.h>
#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "egressc/flow_space.h"
#include "lower/ports.h"

namespace egressc::lowering {
namespace {

std::vector<Service> merged(const std::vector<Service>& services) {
  std::vector<Service> all;
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
    std::vector<PortRange> ranges;
    for (const Service& service : services)
      if (service.protocol == protocol || service.protocol == Protocol::any) ranges.push_back(service.ports);
    std::sort(ranges.begin(), ranges.end());
    Ports ports;
    for (const PortRange& range : ranges) append(ports, range);
    for (const PortRange& range : ports) all.push_back({protocol, range});
  }
  for (const Protocol protocol : {Protocol::icmp, Protocol::icmpv6})
    if (std::any_of(services.begin(), services.end(), [&](const Service& s) { return s.protocol == protocol; }))
      all.push_back({protocol, {}});
  return all;
}

void append_ids(std::string& text, char kind, const std::vector<IdRange>& ids) {
  for (const IdRange& range : ids) fmt::format_to(std::back_inserter(text), "{}{}-{}\n", kind, range.first, range.last);
}

// A name may be live for several subjects with other addresses to start with, so the subject is a part of it; its label
// is not, because a new label must not empty the set.
std::string identifier(const Subject& subject, const std::string& name, const std::vector<Service>& services) {
  std::string text = name + '\n';
  for (const Service& service : services) text += to_string(service) + '\n';
  append_ids(text, 'u', subject.uids);
  append_ids(text, 'g', subject.gids);

  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
  std::array<std::uint8_t, 8> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  std::string result = "n_";
  for (const std::uint8_t byte : digest) fmt::format_to(std::back_inserter(result), "{:02x}", byte);
  return result;
}

}  // namespace

LiveSet live_set(const Subject& subject, const Grant& grant) {
  const DomainName& name = grant.names.front();
  LiveSet set;
  set.services = merged(grant.services);
  set.identifier = identifier(subject, name.key(), set.services);
  set.comment = live_label(name);
  set.below = name.is_wildcard();
  set.name = set.below ? name.key().substr(2) : name.key();
  set.addresses = grant.addresses;
  return set;
}

}  // namespace egressc::lowering
