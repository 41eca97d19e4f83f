#include <algorithm>
#include <utility>

#include "egressc/policy.h"
#include "rehearse/probes.h"

namespace egressc::rehearse {
namespace {

constexpr std::uint64_t nat64 = 0x0064ff9b00000000;  // 64:ff9b::/96, RFC 6052
// RFC 5737; RFC 3849; RFC 9637. Two of each family, since a policy may grant one.
constexpr Prefix documentation_prefixes[] = {{{Family::ipv4, 0, 0xc0000200}, 24},
                                             {{Family::ipv4, 0, 0xcb007100}, 24},
                                             {{Family::ipv6, 0x20010db800000000, 0}, 32},
                                             {{Family::ipv6, 0x3fff000000000000, 0}, 20}};
constexpr Address loopback_4{Family::ipv4, 0, 0x7f000001}, loopback_6{Family::ipv6, 0, 1};
constexpr Address stub_resolver{Family::ipv4, 0, 0x7f000035};  // systemd-resolved(8)

// Ports that are worth reaching (IANA).
constexpr std::uint16_t ssh = 22, smtp = 25, http = 80, https = 443, redis = 6379, http_alternative = 8080,
                        https_alternative = 8443;

FlowPoint with(FlowPoint flow, std::uint8_t protocol, std::uint16_t port) {
  flow.protocol = protocol;
  flow.port = port;
  return flow;
}

FlowPoint with(FlowPoint flow, const Address& to) {
  flow.to = to;
  return is_icmp(flow.protocol) ? with(flow, icmp_of(to.family), echo_port(to.family)) : flow;
}

FlowPoint echo_to(const FlowPoint& flow) { return with(flow, icmp_of(flow.to.family), echo_port(flow.to.family)); }

// The range that holds the id; only itself where none does.
IdRange range_around(const std::vector<IdRange>& ranges, std::uint32_t id) {
  for (const IdRange& range : ranges)
    if (contains(range, id)) return range;
  return {id, id};
}

bool speaks_of(const Policy& policy, std::vector<IdRange> Subject::*ids, std::uint32_t id) {
  return std::any_of(policy.subjects.begin(), policy.subjects.end(),
                     [&](const Subject& subject) { return contains(subject.*ids, id); });
}

std::uint32_t stranger(const Policy& policy, std::vector<IdRange> Subject::*ids, Mixer mixer) {
  constexpr std::uint64_t attempts = 16;
  constexpr std::uint64_t first = 1000, last = 60000;  // of login.defs(5), UID_MIN and UID_MAX
  std::uint32_t id = 0;
  for (std::uint64_t attempt = 0; attempt < attempts; ++attempt) {
    id = static_cast<std::uint32_t>(mixer.with(attempt).between(first, last));
    if (!speaks_of(policy, ids, id)) break;
  }
  return id;
}

}  // namespace

Around::Around(const Policy& policy, const ProbeOptions& options, TakeProbe take)
    : policy_(policy),
      options_(options),
      take_(std::move(take)),
      mixer_(Mixer(options.seed).with(4)),
      no_uid_(stranger(policy, &Subject::uids, mixer_.with(1))),
      no_gid_(stranger(policy, &Subject::gids, mixer_.with(2))) {}

void Around::give(const FlowPoint& flow, ProbeKind kind, const Grant* grant, std::uint64_t rank) {
  if (options_.family && flow.to.family != *options_.family) return;
  if (flow.uid == no_id || flow.gid == no_id || !can_be_sent(flow)) return;
  Probe probe{flow, kind, false, nullptr, grant};
  probe.flow.loopback = is_loopback(flow.to);
  take_(probe, rank);
}

void Around::give(const FlowPoint& flow, ProbeKind kind, const Candidate& from, std::uint64_t behind) {
  give(flow, kind, from.probe.grant, from.rank() + behind);
}

void Around::neighbours(const Candidate& candidate) {
  addresses(candidate);
  ports(candidate);
  protocols(candidate);
  family(candidate);
  users(candidate);
  groups(candidate);
  const FlowPoint& flow = candidate.probe.flow;
  for (const Address& here : {loopback_4, loopback_6}) give(with(flow, here), ProbeKind::loopback, candidate);
}

void Around::addresses(const Candidate& candidate) {
  const AddressRange range = range_of(candidate.prefix);
  for (const auto& beside : {previous(range.first), next(range.last)})
    if (beside) give(with(candidate.probe.flow, *beside), ProbeKind::address, candidate);
}

void Around::ports(const Candidate& candidate) {
  const FlowPoint& flow = candidate.probe.flow;
  if (is_icmp(flow.protocol)) return;
  const PortRange& range = candidate.ports;
  const auto try_port = [&](std::uint64_t port, std::uint64_t behind) {
    if (port <= 65535 && (port < range.first || port > range.last))
      give(with(flow, flow.protocol, static_cast<std::uint16_t>(port)), ProbeKind::port, candidate, behind);
  };
  try_port(range.first - std::uint64_t{1}, 0);
  try_port(range.last + std::uint64_t{1}, 0);
  try_port(mixer_.with(flow).between(1, 65535), 1);
  for (const std::uint16_t wanted : {ssh, http, https, https_alternative}) try_port(wanted, 1);
}

void Around::protocols(const Candidate& candidate) {
  const FlowPoint& flow = candidate.probe.flow;
  const std::uint16_t port = is_icmp(flow.protocol) ? https : flow.port;
  for (const std::uint8_t protocol : ip_protocols(Protocol::any))
    if (protocol != flow.protocol) give(with(flow, protocol, port), ProbeKind::protocol, candidate);
  if (!is_icmp(flow.protocol)) give(echo_to(flow), ProbeKind::protocol, candidate);
}

// The same number in the other family: IPv4 behind NAT64, or the low bits of IPv6.
void Around::family(const Candidate& candidate) {
  const FlowPoint& flow = candidate.probe.flow;
  const Address other = flow.to.family == Family::ipv4 ? Address{Family::ipv6, nat64, flow.to.low}
                                                       : Address{Family::ipv4, 0, flow.to.low & 0xffffffff};
  const bool usable = !is_unspecified(other) && !is_multicast(other) && can_be_sent_to(other, ip_protocol::tcp);
  const Address known = inner_of(documentation_prefixes[0], mixer_.with(flow));
  give(with(flow, usable ? other : known), ProbeKind::family, candidate);
}

// One of the other subjects, where there is any.
const Subject& Around::another_than(const Subject& subject, const FlowPoint& flow) const {
  const std::size_t count = policy_.subjects.size();
  const std::size_t at = mixer_.with(flow).between(0, count - 1);
  const Subject& other = policy_.subjects[at];
  return &other == &subject ? policy_.subjects[(at + 1) % count] : other;
}

void Around::users(const Candidate& candidate) {
  const Subject& subject = *candidate.probe.subject;
  if (subject.uids.empty()) return;  // of a policy of groups
  FlowPoint flow = candidate.probe.flow;
  const IdRange range = range_around(subject.uids, flow.uid);
  const auto try_user = [&](std::uint32_t uid, std::uint32_t gid, std::uint64_t behind) {
    flow.uid = uid;
    flow.gid = gid;
    if (!contains(range, uid)) give(flow, ProbeKind::user, candidate, behind);
  };
  const std::uint32_t gid = flow.gid;
  const Subject& other = another_than(subject, flow);
  if (!other.uids.empty()) try_user(other.uids.front().first, other.gids.empty() ? gid : other.gids.front().first, 0);
  try_user(range.first - 1, gid, 0);
  try_user(range.last + 1, gid, 0);
  try_user(no_uid_, gid, 1);
  try_user(0, gid, 1);
}

void Around::groups(const Candidate& candidate) {
  const Subject& subject = *candidate.probe.subject;
  if (subject.gids.empty()) return;
  FlowPoint flow = candidate.probe.flow;
  const IdRange range = range_around(subject.gids, flow.gid);
  const auto try_group = [&](std::uint32_t gid, std::uint64_t behind) {
    flow.gid = gid;
    if (!contains(range, gid)) give(flow, ProbeKind::group, candidate, behind);
  };
  const Subject& other = another_than(subject, flow);
  if (!other.gids.empty()) try_group(other.gids.front().first, 0);
  try_group(range.first - 1, 0);
  try_group(range.last + 1, 0);
  try_group(no_gid_, 1);
  try_group(0, 1);
}

void Around::habits(const Subject* subject) {
  FlowPoint flow;
  flow.uid = subject == nullptr || subject->uids.empty() ? no_uid_ : subject->uids.front().first;
  flow.gid = subject == nullptr || subject->gids.empty() ? no_gid_ : subject->gids.front().first;
  for (const Address& service : metadata_addresses())
    give(with(with(flow, ip_protocol::tcp, http), service), ProbeKind::metadata, nullptr, 0);

  std::vector<Address> resolvers{loopback_4, stub_resolver, loopback_6};
  for (const Address& listed : policy_.resolvers)
    for (const auto& beside : {previous(listed), next(listed)})
      if (beside) resolvers.push_back(*beside);
  std::vector<Address> somewhere;
  for (const Prefix& documentation : documentation_prefixes)
    somewhere.push_back(inner_of(documentation, mixer_.with(flow)));
  resolvers.insert(resolvers.end(), somewhere.begin(), somewhere.end());
  for (const Address& resolver : resolvers) {
    const auto& listed = policy_.resolvers;
    if (std::find(listed.begin(), listed.end(), resolver) != listed.end()) continue;
    for (const std::uint8_t protocol : {ip_protocol::udp, ip_protocol::tcp})
      give(with(with(flow, protocol, domain_port), resolver), ProbeKind::unlisted_resolver, nullptr, 0);
  }

  for (const std::uint16_t port : {ssh, smtp, http_alternative, redis})
    for (const Address& here : {loopback_4, loopback_6})
      give(with(with(flow, ip_protocol::tcp, port), here), ProbeKind::loopback, nullptr, 0);

  for (const Address& to : somewhere) {
    for (const std::uint8_t protocol : ip_protocols(Protocol::any))
      give(with(with(flow, protocol, https), to), ProbeKind::elsewhere, nullptr, 0);
    give(echo_to(with(flow, to)), ProbeKind::elsewhere, nullptr, 0);
    if (subject != nullptr) beside(*subject, with(with(flow, ip_protocol::tcp, https), to));
  }
}

// As the users and groups next to the subject's.
void Around::beside(const Subject& subject, const FlowPoint& flow) {
  const auto give_with = [&](std::uint32_t FlowPoint::*id, const IdRange& range) {
    for (const std::uint32_t beside : {range.first - 1, range.last + 1}) {
      FlowPoint other = flow;
      other.*id = beside;
      give(other, ProbeKind::elsewhere, nullptr, 0);
    }
  };
  for (const IdRange& range : subject.uids) give_with(&FlowPoint::uid, range);
  for (const IdRange& range : subject.gids) give_with(&FlowPoint::gid, range);
}

}  // namespace egressc::rehearse
