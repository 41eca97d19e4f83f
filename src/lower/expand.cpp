#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "egressc/flow_space.h"
#include "egressc/policy.h"
#include "lower/passes.h"
#include "model/values/ranges.h"
#include "model/words/words.h"

namespace egressc::lower {
namespace {

std::vector<Service> merged(const std::vector<Service>& services) {
  std::vector<Service> all;
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
    Ports ports;
    for (const Service& service : services)
      if (service.protocol == protocol || service.protocol == Protocol::any) ports.push_back(service.ports);
    join_ranges(ports);
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

  return "n_" + sha256_hex(text, 8);
}

// The set that `grant` of `subject` needs. Grants of one subject that differ in nothing but their addresses have one
// identifier.
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

constexpr std::uint16_t domain_port = 53;  // RFC 1035, 4.2

void add_openings(std::vector<Opening>& openings, const Prefix& to, const Service& service) {
  if (service.protocol != Protocol::any) {
    openings.push_back({to, service});
    return;
  }
  openings.push_back({to, {Protocol::tcp, service.ports}});
  openings.push_back({to, {Protocol::udp, service.ports}});
}

void add_grant(std::vector<Opening>& openings, const Grant& grant) {
  for (const Service& service : grant.services) {
    if (grant.prefix) add_openings(openings, *grant.prefix, service);
    for (const Prefix& address : grant.addresses) add_openings(openings, address, service);
  }
}

bool is_expired(const Grant& grant, const LowerOptions& options) {
  return grant.expires && options.today && *grant.expires < *options.today;
}

// One set an identifier, in the order of the grants.
class LiveSets {
 public:
  void add(LiveSet set) {
    const auto [at, is_new] = index_.try_emplace(set.identifier, sets_.size());
    if (is_new) {
      sets_.push_back(std::move(set));
      return;
    }
    std::vector<Prefix>& addresses = sets_[at->second].addresses;
    addresses.insert(addresses.end(), set.addresses.begin(), set.addresses.end());
  }

  std::vector<LiveSet> take() {
    for (LiveSet& set : sets_) drop_contained(set.addresses);
    return std::move(sets_);
  }

 private:
  std::vector<LiveSet> sets_;
  std::unordered_map<std::string, std::size_t> index_;
};

bool is_echo(const Opening& opening) {
  return opening.service.protocol == Protocol::icmp || opening.service.protocol == Protocol::icmpv6;
}

bool has_family(const Opening& opening) { return opening.service.protocol == echo_protocol(opening.to.address.family); }

}  // namespace

bool expand(Work& work, Diagnostics& diagnostics) {
  std::size_t parts = 0;
  work.subjects.reserve(work.policy.subjects.size());
  for (const Subject& subject : work.policy.subjects) {
    SubjectWork& expanded = work.subjects.emplace_back();
    expanded.subject = &subject;
    for (const Address& resolver : work.policy.resolvers)
      add_openings(expanded.openings, single(resolver), {Protocol::any, {domain_port, domain_port}});
    LiveSets live;
    for (const Grant& grant : subject.allow) {
      if (is_expired(grant, work.options)) {
        ++work.expired;
        continue;
      }
      parts += grant.services.size() * std::max<std::size_t>(grant.addresses.size(), 1);
      if (parts > most_parts) {
        diagnostics.error(grant.where, fmt::format("services times addresses come to more than {}", most_parts),
                          "grant a prefix instead of its addresses, or a port range instead of its ports");
        return false;
      }
      if (grant.live)
        live.add(live_set(subject, grant));
      else
        add_grant(expanded.openings, grant);
    }
    expanded.live = live.take();
  }
  return true;
}

bool split(Work& work, Diagnostics&) {
  for (SubjectWork& subject : work.subjects) {
    const auto ports = std::stable_partition(subject.openings.begin(), subject.openings.end(), is_echo);
    for (auto opening = subject.openings.begin(); opening != ports; ++opening)
      if (has_family(*opening)) subject.echo.push_back(opening->to);
    subject.openings.erase(subject.openings.begin(), ports);
  }
  return true;
}

}  // namespace egressc::lower
