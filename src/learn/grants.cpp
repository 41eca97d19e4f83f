#include "learn/grants.h"

#include <fmt/core.h>

#include <algorithm>

#include "egressc/policy.h"
#include "model/words/words.h"

namespace egressc::learn {
namespace {

// RFC 2131, 4.1 and RFC 8415, 7.2: the ports of DHCP servers.
constexpr std::uint16_t dhcp_server = 67, dhcpv6_server = 547;

// Metadata, noise or neither: what the destination alone says.
std::optional<Reason> reason_of_destination(const Address& to, std::uint8_t protocol, std::uint16_t port) {
  if (is_metadata(to)) return Reason::metadata;
  if (is_multicast(to) || is_broadcast(to) || is_link_local(to) || is_unspecified(to)) return Reason::noise;
  if (protocol == ip_protocol::udp && port == (to.family == Family::ipv4 ? dhcp_server : dhcpv6_server))
    return Reason::noise;
  return std::nullopt;
}

// Whether a policy has a word for the protocol: tcp, udp, icmp, icmpv6, or unknown (which becomes `any`).
bool is_grantable_protocol(std::uint8_t protocol) {
  return protocol == ip_protocol::unknown || !protocol_name(protocol).empty();
}

// The service of an attempt. An unknown protocol is `assumed`.
Service service_of(std::uint8_t protocol, std::uint16_t port, Protocol assumed) {
  switch (protocol) {
    case ip_protocol::icmp:
      return {Protocol::icmp, {}};
    case ip_protocol::icmpv6:
      return {Protocol::icmpv6, {}};
    case ip_protocol::tcp:
      return {Protocol::tcp, {port, port}};
    case ip_protocol::udp:
      return {Protocol::udp, {port, port}};
    default:
      return {assumed, {port, port}};
  }
}

template <typename T>
void add_unique(std::vector<T>& list, const T& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

// RFC 6761, 6.3: these mean the loopback address by definition.
bool is_localhost(const DomainName& name) { return name.key() == "localhost" || name.key().ends_with(".localhost"); }

std::vector<Prefix> to_prefixes(std::vector<Address> addresses) {
  sort_unique(addresses);
  std::vector<Prefix> prefixes;
  for (const Address& address : addresses) prefixes.push_back(single(address));
  return prefixes;
}

// Whoever lies writes as many names as he likes: a reviewer gets to see the first of them, and how many there are.
void list_claimed(std::vector<std::string_view> names, Grant& grant) {
  constexpr std::size_t most = 32;
  sort_unique(names);
  if (names.size() > most)
    grant.comment +=
        fmt::format("{}and {} more names are claimed", grant.comment.empty() ? "" : "; ", names.size() - most);
  names.resize(std::min(names.size(), most));
  grant.evidence.claimed.assign(names.begin(), names.end());
}

// Takes out the services of an address that a name of the same subject holds as well; their evidence goes there.
void fold_into_names(std::vector<Grant>& grants) {
  std::multimap<Prefix, std::size_t> held;
  for (std::size_t i = 0; i < grants.size(); ++i)
    for (const Prefix& address : grants[i].addresses) held.emplace(address, i);
  for (Grant& grant : grants) {
    if (!grant.prefix) continue;
    std::map<Service, std::size_t> holders;  // the first of each
    const auto [first, last] = held.equal_range(*grant.prefix);
    for (auto holder = first; holder != last; ++holder)
      for (const Service& service : grants[holder->second].services) holders.emplace(service, holder->second);
    std::set<std::size_t> names;
    std::erase_if(grant.services, [&](const Service& service) {
      const auto holder = holders.find(service);
      if (holder != holders.end()) names.insert(holder->second);
      return holder != holders.end();
    });
    for (const std::size_t name : names) merge(grants[name].evidence, Evidence(grant.evidence));
  }
  std::erase_if(grants, [](const Grant& grant) { return grant.services.empty(); });
}

// Passed as far as system calls tell, and no more is known: where a policy is in force a denial looks the same, such as
// a connection that is refused.
bool lacks_verdict(const Attempt& attempt, const LearnOptions& options) {
  const std::uint64_t by_kernel = attempt.passed(Trust::kernel);
  const bool by_packet = attempt.passed(Trust::packet) != by_kernel;
  const bool packets_denied = attempt.denied(Trust::packet) != attempt.denied(Trust::kernel);
  return by_kernel != 0 && !by_packet && !packets_denied && options.is_enforced &&
         options.is_enforced(attempt.key.uid, attempt.key.gid);
}

}  // namespace

std::optional<Reason> reason_for_review(const Attempt& attempt, const LearnOptions& options) {
  const AttemptKey& key = attempt.key;
  if (const auto reason = reason_of_destination(key.to, key.protocol, key.port)) return reason;
  if (!is_grantable_protocol(key.protocol)) return Reason::noise;
  const std::uint64_t by_kernel = attempt.passed(Trust::kernel);
  const std::uint64_t by_packet = attempt.passed(Trust::packet) - by_kernel;
  const std::uint64_t packets_denied = attempt.denied(Trust::packet) - attempt.denied(Trust::kernel);
  // audit sees the call, not the verdict: where packet records tell, they decide.
  const bool is_open = lacks_verdict(attempt, options);
  const bool passed = by_packet != 0 || (by_kernel != 0 && packets_denied == 0 && !is_open);
  const bool denied = attempt.denied(Trust::packet) != 0 || is_open;

  if (key.uid == no_id) return !passed && denied ? Reason::denied : Reason::no_subject;
  if (!passed && denied) {
    if (!options.include_denied) return Reason::denied;
  } else if (!passed && attempt.unsent() != 0) {
    return Reason::unsent;
  }
  if (options.least == Trust::claimed) return std::nullopt;
  const bool trusted =
      attempt.passed(options.least) != 0 || (options.include_denied && attempt.denied(options.least) != 0);
  return trusted ? std::nullopt : std::optional(Reason::claimed);
}

// Addresses of the host's own surroundings that a name was answered with: an adversary may have pointed it there, so
// that it opens what was never meant.
const std::vector<Address>& GrantTable::inside_of(std::uint32_t uid, NameId name) const {
  const auto [known, is_new] = inside_.try_emplace({uid, name});
  if (!is_new) return known->second;
  const auto formats = names_.formats(uid, name);
  // Who writes that file could as well write the policy.
  if (formats.size() == 1 && formats.front() == "hosts") return known->second;
  const DomainName spelled = names_.spelled(uid, name);
  for (const Address& address : names_.addresses(uid, name)) {
    const bool is_allowed = (is_loopback(address) && is_localhost(spelled)) ||
                            (options_.may_be_inside && options_.may_be_inside(uid, spelled, address));
    // Resolvers answer with 0.0.0.0 and :: for what they block. None of these is ever granted.
    const bool is_nowhere = (address.high == 0 && address.low == 0) || is_multicast(address) || is_broadcast(address);
    if (is_inside_address(address) && !is_allowed && !is_nowhere) known->second.push_back(address);
  }
  return known->second;
}

// What stands against a destination because of its names.
void GrantTable::judge_names(std::uint32_t uid, const NameSet& names, Destination& to) const {
  if (to.reason || names.names.empty()) return;
  std::vector<Address> inside;
  for (const NameId name : names.names) {
    const std::vector<Address>& more = inside_of(uid, name);
    if (more.empty()) {
      if (names.names.size() > 1 && options_.ambiguous == Ambiguous::review) to.reason = Reason::ambiguous;
      return;
    }
    inside.insert(inside.end(), more.begin(), more.end());
  }
  sort_unique(inside);
  constexpr std::size_t most = 4;
  to.reason = Reason::rebinding;
  to.comment = "answered with " + first_of(inside, most);
}

GrantTable::Destination GrantTable::destination(const Attempt& attempt, const NameSet& names,
                                                std::optional<Reason> reason) const {
  Destination to;
  to.reason = reason;
  if (!is_grantable_protocol(attempt.key.protocol))
    to.comment = fmt::format("IP protocol {}", attempt.key.protocol);
  else if (names.crowded)
    to.comment = fmt::format("more than {} names fit", NameSet::most);
  if (reason == Reason::denied && lacks_verdict(attempt, options_)) to.comment = without_verdict;
  if (names.names.empty() || names.crowded)
    to.address = attempt.key.to;
  else
    to.names = names.names;
  judge_names(attempt.key.uid, names, to);
  return to;
}

bool GrantTable::add(const Attempt& attempt, std::optional<Reason> reason) {
  const AttemptKey& key = attempt.key;
  if (!names_.answers_hold(key.uid, key.to)) {
    add_entry(attempt, destination(attempt, {}, reason), {});
    return !reason;
  }
  auto by_names = at_.at(key.uid, key.to, attempt.seconds);
  // Attempts before the first answer (or after the last) belong to the name that the place has otherwise.
  if (by_names.size() > 1) {
    if (const auto unnamed = by_names.find({}); unnamed != by_names.end()) {
      auto& first = std::next(by_names.begin())->second;
      first.insert(first.end(), unnamed->second.begin(), unnamed->second.end());
      by_names.erase(unnamed);
    }
  }
  if (by_names.empty()) by_names[{}];
  bool is_granted = false;
  for (const auto& [names, seconds] : by_names) {
    Destination named = destination(attempt, names, reason);
    is_granted = is_granted || !named.reason;
    // With one name set the whole attempt is its evidence, to the microsecond.
    add_entry(attempt, std::move(named), by_names.size() == 1 ? std::vector<std::uint32_t>{} : seconds);
  }
  return is_granted;
}

void GrantTable::add_entry(const Attempt& attempt, Destination to, const std::vector<std::uint32_t>& seconds) {
  const AttemptKey& key = attempt.key;
  auto& entries = subjects_[{key.uid, key.gid}];
  // Attempts come by address, so that a new destination is most often the last one.
  Entry& entry = entries.try_emplace(entries.end(), std::move(to))->second;
  if (is_grantable_protocol(key.protocol))
    entry.services.push_back(service_of(key.protocol, key.port, options_.assume_protocol.value_or(Protocol::any)));
  entry.addresses.push_back(key.to);
  entry.seen += attempt.seen();
  if (seconds.empty()) {
    widen(entry.first, entry.last, attempt.first, attempt.last);
  } else {
    const auto [first, last] = std::minmax_element(seconds.begin(), seconds.end());
    widen(entry.first, entry.last, *first * second, *last * second);
  }
  for (const Witness& witness : attempt.witnesses) add_unique(entry.by, witness.format);
  entry.exe.insert(entry.exe.end(), attempt.exes.begin(), attempt.exes.end());
  entry.claimed.insert(entry.claimed.end(), attempt.claimed.begin(), attempt.claimed.end());
  entry.gid.insert(entry.gid.end(), attempt.gids.begin(), attempt.gids.end());
}

void GrantTable::add(const UnmatchedClaim& unmatched, bool known_subject) {
  const Claim& claim = unmatched.claim;
  Destination to;
  to.reason = claim.kind == ClaimKind::denied ? Reason::denied : Reason::claimed;
  if (claim.has_address) {
    to.address = claim.to;
    if (reason_of_destination(claim.to, claim.protocol, claim.port) == Reason::metadata) to.reason = Reason::metadata;
  } else {
    to.claimed_host = unmatched.host;
  }
  to.comment = unmatched.note;
  const bool anonymous = !known_subject || claim.uid == no_id;
  if (anonymous && claim.uid != no_id)
    to.comment += fmt::format("{}said to be uid {}", to.comment.empty() ? "" : "; ", claim.uid);
  const std::uint32_t gid = options_.gids.empty() ? no_id : claim.gid;
  Entry& entry = subjects_[anonymous ? SubjectKey{no_id, no_id} : SubjectKey{claim.uid, gid}][std::move(to)];
  if (claim.port != 0)
    entry.services.push_back(service_of(claim.protocol, claim.port, options_.assume_protocol.value_or(Protocol::tcp)));
  if (claim.has_address) entry.addresses.push_back(claim.to);
  widen(entry.first, entry.last, claim.at, claim.at);
  add_unique(entry.by, unmatched.format);
  if (claim.has_address && !unmatched.host.empty()) entry.claimed.push_back(unmatched.host);
}

std::optional<Grant> GrantTable::to_grant(const SubjectKey& subject, const Destination& to, const Entry& entry) const {
  Grant grant;
  grant.comment = to.comment;
  grant.services = entry.services;
  grant.evidence.seen = entry.seen;
  grant.evidence.first = entry.first;
  grant.evidence.last = entry.last;
  grant.evidence.by.assign(entry.by.begin(), entry.by.end());
  grant.evidence.exe.assign(entry.exe.begin(), entry.exe.end());
  grant.evidence.gid = entry.gid;
  sort_unique(grant.services);
  sort_unique(grant.evidence.by);
  sort_unique(grant.evidence.exe);
  sort_unique(grant.evidence.gid);
  list_claimed(entry.claimed, grant);
  if (to.address) {
    grant.prefix = single(*to.address);
    return grant;
  }
  std::vector<Address> addresses = entry.addresses;
  if (!to.claimed_host.empty()) {
    const auto name = DomainName::parse(to.claimed_host);
    if (!name) return std::nullopt;
    grant.names = {*name};
    if (const auto known = names_.find(to.claimed_host)) addresses = names_.addresses(subject.first, *known);
  } else {
    for (const NameId name : to.names) {
      grant.names.push_back(names_.spelled(subject.first, name));
      for (const std::string_view format : names_.formats(subject.first, name))
        add_unique(grant.evidence.by, std::string(format));
    }
    std::sort(grant.evidence.by.begin(), grant.evidence.by.end());
    // A name means all it stood for; an ambiguous one only what was reached.
    if (to.names.size() == 1)
      for (const Address& address : names_.addresses(subject.first, to.names.front()))
        if (!is_inside_address(address) && !names_.is_anybodys(to.names.front(), address)) addresses.push_back(address);
  }
  grant.addresses = to_prefixes(std::move(addresses));
  return grant;
}

void GrantTable::write(Policy& policy) const {
  for (const auto& [key, entries] : subjects_) {
    const auto [uid, gid] = key;
    Subject subject;
    if (uid != no_id) {
      subject.label = gid == no_id ? fmt::format("uid-{}", uid) : fmt::format("uid-{}-gid-{}", uid, gid);
      subject.uids = {{uid, uid}};
      if (gid != no_id) subject.gids = {{gid, gid}};
    }
    for (const auto& [to, entry] : entries) {
      auto grant = to_grant(key, to, entry);
      if (!grant) continue;
      if (!to.reason)
        subject.allow.push_back(std::move(*grant));
      else
        (uid == no_id ? policy.review : subject.review).push_back({std::move(*grant), *to.reason});
    }
    fold_into_names(subject.allow);
    if (uid != no_id) policy.subjects.push_back(std::move(subject));
  }
}

}  // namespace egressc::learn
