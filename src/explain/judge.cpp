// The verdict on one flow, read from the policy grant by grant.
#include "explain/judge.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "egressc/explain.h"
#include "egressc/policy.h"

namespace egressc::explain {

const Subject* holder_of(const Policy& policy, Ids ids) {
  const auto held = [&](const Subject& subject) {
    return (subject.uids.empty() || contains(subject.uids, ids.uid)) &&
           (subject.gids.empty() || contains(subject.gids, ids.gid));
  };
  const auto found = std::find_if(policy.subjects.begin(), policy.subjects.end(), held);
  return found == policy.subjects.end() ? nullptr : &*found;
}

bool is_governed(const Policy& policy, Ids ids) {
  return std::any_of(policy.subjects.begin(), policy.subjects.end(), [&](const Subject& subject) {
    return subject.uids.empty() ? contains(subject.gids, ids.gid) : contains(subject.uids, ids.uid);
  });
}

namespace {

bool service_holds(const Service& service, const FlowPoint& flow) {
  const auto protocols = ip_protocols(service.protocol);
  if (std::find(protocols.begin(), protocols.end(), flow.protocol) == protocols.end()) return false;
  if (!is_icmp(flow.protocol)) return contains(service.ports, flow.port);
  return icmp_of(flow.to.family) == flow.protocol && contains(icmp_type(echo_type(flow.to.family)), flow.port);
}

}  // namespace

bool holds_address(const Grant& grant, const Address& address) {
  if (grant.prefix) return contains(*grant.prefix, address);
  return std::any_of(grant.addresses.begin(), grant.addresses.end(),
                     [&](const Prefix& prefix) { return contains(prefix, address); });
}

bool holds_service(const Grant& grant, const FlowPoint& flow) {
  return std::any_of(grant.services.begin(), grant.services.end(),
                     [&](const Service& service) { return service_holds(service, flow); });
}

bool has_name(const Grant& grant, const DomainName& name) {
  return std::find(grant.names.begin(), grant.names.end(), name) != grant.names.end();
}

Service service_of(const FlowPoint& flow) {
  switch (flow.protocol) {
    case ip_protocol::icmp:
      return {Protocol::icmp, {}};
    case ip_protocol::icmpv6:
      return {Protocol::icmpv6, {}};
    case ip_protocol::udp:
      return {Protocol::udp, {flow.port, flow.port}};
    default:
      return {Protocol::tcp, {flow.port, flow.port}};
  }
}

namespace {

bool is_lookup(const Policy& policy, const FlowPoint& flow) {
  return service_holds({Protocol::any, {domain_port, domain_port}}, flow) &&
         std::find(policy.resolvers.begin(), policy.resolvers.end(), flow.to) != policy.resolvers.end();
}

constexpr std::size_t baseline_words = 5;

// What each word of the baseline speaks of, where one is enforced for a host.
std::array<std::vector<FlowSpace>, baseline_words> flows_of_words() {
  std::array<std::vector<FlowSpace>, baseline_words> flows;
  for (std::size_t word = 0; word < baseline_words; ++word) {
    Policy alone;
    alone.baseline = {static_cast<Baseline>(word)};
    for (const FlowBox& box : baseline_flows(alone).boxes()) flows[word].emplace_back(box);
  }
  return flows;
}

// The word of the baseline that speaks of the flow.
std::optional<Baseline> baseline_of(const Policy& policy, const FlowPoint& flow) {
  static const auto flows = flows_of_words();
  for (const Baseline word : policy.baseline)
    for (const FlowSpace& box : flows[static_cast<std::size_t>(word)])
      if (box.contains(flow)) return word;
  return std::nullopt;
}

std::string who_of(const FlowPoint& flow, bool by_gid) {
  return by_gid ? fmt::format("gid {}", flow.gid) : fmt::format("uid {}", flow.uid);
}

void judge_subject(const Policy& policy, Judgement& judgement, std::optional<CivilDate> today) {
  for (const Grant& grant : judgement.subject->allow)
    if (!has_expired(grant, today) && holds(grant, judgement.flow)) judgement.grants.push_back(&grant);
  if (!judgement.grants.empty()) {
    judgement.ruling = Ruling::allowed;
    judgement.basis = Basis::grant;
  } else if (is_lookup(policy, judgement.flow)) {
    judgement.ruling = Ruling::allowed;
    judgement.basis = Basis::resolver;
    judgement.why = fmt::format("{} is a resolver of the policy: its port 53 is open to every subject",
                                to_string(judgement.flow.to));
  } else {
    judgement.why = fmt::format("no grant of {} holds it", judgement.subject->label);
  }
}

// Nobody's ids.
void judge_stranger(const Policy& policy, Judgement& judgement) {
  const FlowPoint& flow = judgement.flow;
  const bool by_gid = !policy.subjects.empty() && policy.subjects.front().uids.empty();
  const bool loopback =
      std::find(policy.baseline.begin(), policy.baseline.end(), Baseline::loopback) != policy.baseline.end();
  if (is_governed(policy, {flow.uid, flow.gid})) {
    judgement.why = fmt::format("uid {} is governed whole, and none of its subjects has gid {}", flow.uid, flow.gid);
  } else if (policy.scope == Scope::subjects) {
    judgement.ruling = Ruling::allowed;
    judgement.basis = Basis::scope;
    judgement.why = fmt::format("{} is no subject: scope subjects leaves it alone", who_of(flow, by_gid));
  } else if (flow.loopback && loopback) {
    judgement.ruling = Ruling::allowed;
    judgement.basis = Basis::baseline;
    judgement.why = fmt::format("{} is no subject, and baseline loopback leaves it alone on the loopback interface",
                                who_of(flow, by_gid));
  } else {
    judgement.why =
        fmt::format("{} is no subject, and scope host denies what no subject is granted", who_of(flow, by_gid));
  }
}

}  // namespace
}  // namespace egressc::explain

namespace egressc {

std::string_view to_string(Ruling ruling) {
  constexpr std::string_view words[] = {"allowed", "denied", "undecided", "partly"};
  return words[static_cast<std::size_t>(ruling)];
}

std::string_view to_string(Basis basis) {
  constexpr std::string_view words[] = {"none", "grant", "resolver", "baseline", "scope", "monitor"};
  return words[static_cast<std::size_t>(basis)];
}

Judgement judge(const Policy& policy, const FlowPoint& flow, std::optional<CivilDate> today) {
  using namespace explain;
  Judgement judgement;
  judgement.flow = flow;
  judgement.subject = holder_of(policy, {flow.uid, flow.gid});
  if (judgement.subject != nullptr)
    judge_subject(policy, judgement, today);
  else
    judge_stranger(policy, judgement);
  if (judgement.ruling == Ruling::allowed) return judgement;

  if (policy.mode == Mode::monitor) {
    judgement.ruling = Ruling::allowed;
    judgement.basis = Basis::monitor;
    judgement.why += "; but mode monitor denies nothing: it would only be logged";
  } else if (policy.scope == Scope::host) {
    if (const auto word = baseline_of(policy, flow)) {
      judgement.ruling = Ruling::undecided;
      judgement.basis = Basis::baseline;
      judgement.why +=
          fmt::format("; baseline {} allows it where the packet is of the kind that it means", to_string(*word));
    }
  }
  return judgement;
}

}  // namespace egressc
