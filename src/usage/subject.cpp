#include "usage/subject.h"

#include "egressc/flow_space.h"
#include "usage/grants.h"
#include "usage/openings.h"

namespace egressc::counting {
namespace {

constexpr std::uint16_t domain_port = 53;  // RFC 1035, 4.2

bool has_expired(const Grant& grant, std::optional<CivilDate> today) {
  return grant.expires && today && *grant.expires < *today;
}

GrantUsage words_of(const Grant& grant) {
  GrantUsage made;
  made.where = grant.where;
  for (const DomainName& name : grant.names) made.names.push_back(name.spelling());
  if (grant.prefix) made.prefix = to_string(*grant.prefix);
  for (const Service& service : grant.services) made.services.push_back(to_string(service));
  made.live = grant.live;
  return made;
}

std::vector<Place> openings_of(const Grant& grant) {
  std::vector<Prefix> prefixes = grant.addresses;
  if (grant.prefix) prefixes.push_back(*grant.prefix);
  return openings(std::move(prefixes), grant.services);
}

std::vector<Place> resolver_openings(const Policy& policy) {
  std::vector<Prefix> prefixes;
  for (const Address& resolver : policy.resolvers) prefixes.push_back(single(resolver));
  return openings(std::move(prefixes), {{Protocol::any, {domain_port, domain_port}}});
}

}  // namespace

SubjectCounts::SubjectCounts(const Policy& policy, const Subject& subject, const SubjectRules& rules)
    : policy_(policy), subject_(subject), rules_(rules), cells_(rules) {}

bool SubjectCounts::add(const ElementCount& element) {
  if (!element.addresses) return false;
  const std::vector<Prefix> prefixes = prefixes_of(*element.addresses);
  if (prefixes.size() != 1) return false;
  const bool is_v4 = element.addresses->first.family == Family::ipv4;
  const Protocol protocol = element.protocol.value_or(is_v4 ? Protocol::icmp : Protocol::icmpv6);
  const auto cell = cells_.find({protocol, prefixes.front(), element.ports});
  if (cell) cells_.add(*cell, element.count);
  return cell.has_value();
}

void SubjectCounts::add_live(std::size_t live, const Count& count) {
  const LiveSet& set = rules_.live[live];
  live_[{set.comment, joined(set.services)}] += count;
}

void SubjectCounts::describe(SubjectUsage& usage, std::optional<CivilDate> today) const {
  const auto live_key = [](const Grant& grant) {
    return LiveKey{live_label(grant.names.front()), joined(grant.services)};
  };
  std::vector<Claim> claims;
  std::map<LiveKey, std::size_t> grants_of;
  for (const Grant& grant : subject_.allow) {
    const bool expired = has_expired(grant, today);
    claims.push_back(grant.live || expired ? Claim{} : claim_of(cells_, openings_of(grant)));
    if (grant.live && !expired) ++grants_of[live_key(grant)];
  }
  if (!policy_.resolvers.empty()) claims.push_back(claim_of(cells_, resolver_openings(policy_)));

  const std::vector<Share> shares = shares_of(cells_, claims);
  for (std::size_t i = 0; i < subject_.allow.size(); ++i) {
    const Grant& grant = subject_.allow[i];
    GrantUsage& made = usage.grants.emplace_back(words_of(grant));
    made.expired = has_expired(grant, today);
    made.count = shares[i].count;
    made.shared = shares[i].is_shared;
    made.loaded = shares[i].is_loaded;
    if (!grant.live || made.expired) continue;
    const auto live = live_.find(live_key(grant));
    if (live == live_.end()) continue;
    made.count = live->second;
    made.shared = grants_of[live->first] > 1 && made.count.packets != 0;
    made.loaded = true;
  }
  if (!policy_.resolvers.empty()) usage.resolvers = {shares.back().count, shares.back().is_shared};
}

}  // namespace egressc::counting
