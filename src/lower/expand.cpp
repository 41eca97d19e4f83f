#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "lower/live.h"
#include "lower/passes.h"
#include "lower/prefixes.h"

namespace egressc::lowering {
namespace {

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

}  // namespace egressc::lowering
