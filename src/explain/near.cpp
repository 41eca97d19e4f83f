#include <fmt/core.h>

#include <algorithm>

#include "egressc/policy.h"
#include "explain/advice.h"
#include "explain/judge.h"
#include "model/words/words.h"

namespace egressc::explain {
namespace {

constexpr std::size_t most_shown = 5;

// How near, and why; the smaller the nearer.
struct Distance {
  int rank = 0;
  std::string why;
};

// The prefix and the address differ in the last bit of the prefix, and in no other that it has.
bool is_one_bit_off(const Prefix& prefix, const Address& address) {
  if (prefix.length == 0 || prefix.address.family != address.family) return false;
  const unsigned host_bits = address.bits() - prefix.length;
  Prefix sibling = prefix;
  if (host_bits >= 64)
    sibling.address.high ^= std::uint64_t{1} << (host_bits - 64);
  else
    sibling.address.low ^= std::uint64_t{1} << host_bits;
  return contains(sibling, address);
}

std::optional<Prefix> one_bit_off(const Grant& grant, const Address& address) {
  if (grant.prefix) return is_one_bit_off(*grant.prefix, address) ? grant.prefix : std::nullopt;
  for (const Prefix& prefix : grant.addresses)
    if (is_one_bit_off(prefix, address)) return prefix;
  return std::nullopt;
}

bool has_family(const Grant& grant, Family family) {
  return std::any_of(grant.addresses.begin(), grant.addresses.end(),
                     [family](const Prefix& prefix) { return prefix.address.family == family; });
}

// A grant of the very name, or of a wildcard that has to do with it.
std::optional<Distance> distance_by_name(const Grant& grant, const FlowPoint& flow, const DomainName& name) {
  for (const DomainName& granted : grant.names) {
    const std::string_view spelled = granted.spelling();
    if (granted == name && !holds_service(grant, flow))
      return Distance{1, fmt::format("the same name, but {} only", joined(grant.services))};
    if (granted == name && !has_family(grant, flow.to.family))
      return Distance{1, fmt::format("the same name, but it lists no {} address", family_text(flow.to.family))};
    if (granted == name) return Distance{1, fmt::format("the same name, but it does not list {}", to_string(flow.to))};
    if (granted.is_wildcard() && granted.matches(name))
      return Distance{2, holds_service(grant, flow)
                             ? fmt::format("{} matches the name, but it does not list {}", spelled, to_string(flow.to))
                             : fmt::format("{} matches the name, but {} only", spelled, joined(grant.services))};
    if (granted.is_wildcard() && granted.key().substr(2) == name.key())
      return Distance{2, fmt::format("{} means the names below {}, not that name itself", spelled, name.spelling())};
  }
  return std::nullopt;
}

std::optional<Distance> distance_of_own(const Grant& grant, const FlowPoint& flow,
                                        const std::optional<DomainName>& name, std::optional<CivilDate> today) {
  if (holds(grant, flow))
    return has_expired(grant, today)
               ? std::optional(Distance{0, fmt::format("it expired with {}", to_string(*grant.expires))})
               : std::nullopt;
  if (holds_address(grant, flow.to))
    return Distance{1, fmt::format("the same destination, but {} only", joined(grant.services))};
  if (name)
    if (auto by_name = distance_by_name(grant, flow, *name)) return by_name;
  if (const auto prefix = one_bit_off(grant, flow.to); prefix && holds_service(grant, flow))
    return Distance{3, fmt::format("{} is one bit off {}", to_string(*prefix), to_string(flow.to))};
  if (name && holds_service(grant, flow))
    for (const DomainName& granted : grant.names)
      if (!closest(name->key(), {granted.key()}).empty())
        return Distance{4, fmt::format("{} is spelled almost like it", granted.spelling())};
  return std::nullopt;
}

std::optional<Distance> distance(const Subject& subject, const Grant& grant, const Judgement& denied,
                                 const std::optional<DomainName>& name, std::optional<CivilDate> today) {
  if (&subject == denied.subject) return distance_of_own(grant, denied.flow, name, today);
  if (!holds(grant, denied.flow) || has_expired(grant, today)) return std::nullopt;
  const FlowPoint& flow = denied.flow;
  return Distance{
      5, fmt::format("{} may: {} {}", subject.label, service_text(flow.protocol, flow.port), to_string(flow.to))};
}

}  // namespace

std::vector<Near> nearest(const Policy& policy, std::span<const Judgement> denied,
                          const std::optional<DomainName>& name, std::optional<CivilDate> today) {
  struct Ranked {
    int rank;
    Near near;
  };
  std::vector<Ranked> found;
  for (const Subject& subject : policy.subjects) {
    for (const Grant& grant : subject.allow) {
      std::optional<Distance> best;
      for (const Judgement& judgement : denied) {
        auto candidate = distance(subject, grant, judgement, name, today);
        if (candidate && (!best || candidate->rank < best->rank)) best = std::move(candidate);
      }
      if (best) found.push_back({best->rank, {&subject, &grant, std::move(best->why)}});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Ranked& a, const Ranked& b) { return a.rank < b.rank; });
  std::vector<Near> near;
  for (std::size_t i = 0; i < std::min(found.size(), most_shown); ++i) near.push_back(std::move(found[i].near));
  return near;
}

std::vector<Held> held_in_review(const Policy& policy, std::span<const Judgement> denied,
                                 const std::optional<DomainName>& name) {
  std::vector<Held> held;
  const auto add = [&](const Subject* subject, const std::vector<Review>& entries) {
    for (const Review& entry : entries) {
      const bool speaks = std::any_of(denied.begin(), denied.end(), [&](const Judgement& judgement) {
        return (subject == nullptr || subject == judgement.subject) &&
               (entry.what.services.empty() || holds_service(entry.what, judgement.flow)) &&
               (holds_address(entry.what, judgement.flow.to) || (name && has_name(entry.what, *name)));
      });
      if (speaks && held.size() < most_shown) held.push_back({subject, &entry});
    }
  };
  for (const Subject& subject : policy.subjects) add(&subject, subject.review);
  add(nullptr, policy.review);
  return held;
}

}  // namespace egressc::explain
