#include <algorithm>
#include <span>

#include "egressc/policy.h"
#include "rehearse/probes.h"

namespace egressc::rehearse {
namespace {

// What a service opens: one protocol of it.
struct Opening {
  std::uint8_t protocol = ip_protocol::tcp;
  PortRange ports;
};

std::vector<Opening> openings_of(const Service& service, Family family) {
  std::vector<Opening> openings;
  for (const std::uint8_t protocol : ip_protocols(service.protocol))
    if (!is_icmp(protocol))
      openings.push_back({protocol, service.ports});
    else if (protocol == icmp_of(family))
      openings.push_back({protocol, {echo_port(family), echo_port(family)}});
  return openings;
}

// The flows of one subject. Its ids take turns, so that each is tried with some grant.
class Holder {
 public:
  Holder(const Subject& subject, const ProbeOptions& options)
      : subject_(subject),
        options_(options),
        mixer_(Mixer(options.seed)),
        uids_(sample_of(subject.uids, mixer_.with(1))),
        gids_(sample_of(subject.gids, mixer_.with(2))) {}

  void draw(const Prefix& prefix, const Service& service, ProbeKind kind, const Grant* grant, Drawing& drawing) {
    if (options_.family && prefix.address.family != *options_.family) return;
    for (const Opening& opening : openings_of(service, prefix.address.family))
      draw(prefix, opening, kind, grant, drawing);
  }

 private:
  void draw(const Prefix& prefix, const Opening& opening, ProbeKind kind, const Grant* grant, Drawing& drawing) {
    const Mixer mixer = mixer_.with(opening.protocol).with(turn_);
    const std::vector<Address> addresses = sample_of(prefix, opening.protocol, mixer);
    const std::vector<std::uint16_t> ports = sample_of(opening.ports, mixer);
    const std::size_t count = std::max(addresses.size() * ports.size(), ids_to_try());
    const std::size_t begin = mixer.with(3).between(0, count - 1);
    for (std::size_t i = 0; i < count; ++i) {
      Candidate candidate;
      FlowPoint& flow = candidate.probe.flow;
      flow.uid = uids_[turn_ % uids_.size()];
      flow.gid = gids_[(turn_ + turn_ / uids_.size()) % gids_.size()];
      ++turn_;
      flow.protocol = opening.protocol;
      flow.to = addresses[i % addresses.size()];
      flow.port = ports[i / addresses.size() % ports.size()];
      flow.loopback = is_loopback(flow.to);
      candidate.probe.kind = kind;
      candidate.probe.subject = &subject_;
      candidate.probe.grant = grant;
      candidate.prefix = prefix;
      candidate.ports = opening.ports;
      candidate.key = key_of((begin + i) % count, mixer_.with(flow).value());
      drawing.add(candidate);
    }
  }

  // All of them with the first grant, and a few with each.
  std::size_t ids_to_try() const {
    constexpr std::size_t few = 3;
    const std::size_t uids = subject_.uids.empty() ? 1 : uids_.size();
    const std::size_t gids = subject_.gids.empty() ? 1 : gids_.size();
    const std::size_t all = std::max(uids, gids);
    return turn_ == 0 ? all : std::min(all, few);
  }

  const Subject& subject_;
  const ProbeOptions& options_;
  Mixer mixer_;
  std::vector<std::uint32_t> uids_;
  std::vector<std::uint32_t> gids_;
  std::size_t turn_ = 0;
};

}  // namespace

void draw_granted(const Policy& policy, const ProbeOptions& options, Drawing& granted, Drawing& expired) {
  for (const Subject& subject : policy.subjects) {
    Holder holder(subject, options);
    for (const Address& resolver : policy.resolvers)
      holder.draw(single(resolver), {Protocol::any, {domain_port, domain_port}}, ProbeKind::resolver, nullptr, granted);
    for (const Grant& grant : subject.allow) {
      const bool old = has_expired(grant, options.today);
      const std::span<const Prefix> prefixes =
          grant.prefix ? std::span<const Prefix>(&*grant.prefix, 1) : std::span<const Prefix>(grant.addresses);
      for (const Prefix& prefix : prefixes)
        for (const Service& service : grant.services)
          holder.draw(prefix, service, old ? ProbeKind::expired : ProbeKind::grant, &grant, old ? expired : granted);
    }
  }
}

}  // namespace egressc::rehearse
