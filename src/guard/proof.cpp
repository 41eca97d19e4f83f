// A grant is allowed what the entries that hold its names, or its addresses, allow. So grants that the same entries
// hold by name have one ceiling, and are compared with it together.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "egressc/ceiling.h"
#include "egressc/flow_space.h"
#include "egressc/policy.h"

namespace egressc::guard {
namespace {

using Held = std::vector<std::vector<bool>>;  // for each name of a grant, which entries hold it

FlowSpace flows_of(const std::vector<IdRange>& ids, IdRange FlowBox::*field) {
  if (ids.empty()) return FlowSpace::all();
  std::vector<FlowBox> boxes(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) boxes[i].*field = ids[i];
  return FlowSpace::from_boxes(boxes);
}

FlowSpace flows_of(const GuardSubjects& subjects) {
  return flows_of(subjects.uids, &FlowBox::uids) & flows_of(subjects.gids, &FlowBox::gids);
}

// The services of an entry, for its users, at any address.
FlowSpace flows_anywhere(const GuardEntry& entry) {
  if (entry.services.empty()) return flows_of(entry.subjects);
  FlowSpace flows;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    Grant grant;
    grant.prefix = Prefix{{family, 0, 0}, 0};
    grant.services = entry.services;
    flows |= egressc::flows_of(grant);
  }
  return flows & flows_of(entry.subjects);
}

FlowSpace addresses_of(const std::vector<Prefix>& prefixes, bool whole_families = false) {
  std::vector<FlowBox> boxes;
  for (const Prefix& prefix : prefixes)
    if (!whole_families || prefix.length == 0) boxes.emplace_back().addresses = range_of(prefix);
  return FlowSpace::from_boxes(boxes);
}

// The same, with what stands for them.
FlowSpace addresses_and_forms(const std::vector<Prefix>& prefixes) {
  std::vector<Prefix> all = prefixes;
  for (const Prefix& prefix : prefixes)
    for (const Prefix& form : ipv6_forms(prefix)) all.push_back(form);
  return addresses_of(all);
}

bool contains_any(const std::vector<Prefix>& prefixes, const Address& address) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const Prefix& prefix) { return contains(prefix, address); });
}

bool is_below(std::string_view key, std::string_view wildcard) {
  return wildcard.starts_with("*.") && key.size() >= wildcard.size() && key.ends_with(wildcard.substr(1));
}

bool holds(const DomainName& pattern, const DomainName& name) {
  return pattern.key() == name.key() || is_below(name.key(), pattern.key());
}

class Proof {
 public:
  Proof(const Policy& policy, const Guard& guard) : policy_(policy), guard_(guard) {
    for (const GuardEntry& entry : guard.never) never_.push_back(flows_anywhere(entry));
    if (guard.allow)
      for (const GuardEntry& entry : *guard.allow) allow_.push_back(flows_anywhere(entry));
    governed_ = flows_of(guard.subjects);
    add_policy();
    for (const GuardEntry& entry : guard.never) never_at_.push_back(forbidden_at(entry));
  }

  FlowSpace beyond() {
    FlowSpace beyond;
    FlowSpace together;
    LiveMarkers markers;
    for (const auto& [held, part] : parts_) {
      const FlowSpace flows = granted_flows(part, std::nullopt, &markers);
      together |= flows;
      beyond |= (flows & governed_) - ceiling(held.second, held.first);
    }
    // What no part has is as bad as what no entry allows.
    return beyond | (granted_flows(policy_, std::nullopt, &markers) - together);
  }

 private:
  // Every grant goes to the part that its names say, and a live one's marker to another.
  void add_policy() {
    Policy& unnamed = parts_[{false, {}}];
    unnamed.resolvers = policy_.resolvers;
    for (const Address& resolver : policy_.resolvers) add_carrier(single(resolver));
    for (const Subject& subject : policy_.subjects) {
      add(unnamed, subject, nullptr);
      for (const Grant& grant : subject.allow) {
        const Held held = held_by(grant);
        if (grant.live) {
          Grant marker = bare(grant);
          marker.live = true;
          marker.addresses.clear();
          add(parts_[{true, held}], subject, &marker);
        }
        if (grant.prefix) add_carrier(*grant.prefix);
        for (const Prefix& address : grant.addresses) add_carrier(address);
        const Grant addresses = bare(grant);
        add(parts_[{false, held}], subject, &addresses);
      }
    }
  }

  static Grant bare(const Grant& grant) {
    Grant bare;
    bare.names = grant.names;
    bare.prefix = grant.prefix;
    bare.services = grant.services;
    bare.addresses = grant.addresses;
    return bare;
  }

  static void add(Policy& part, const Subject& subject, const Grant* grant) {
    if (part.subjects.empty() || part.subjects.back().label != subject.label)
      part.subjects.push_back({subject.label, subject.uids, subject.gids, "", {}, {}, {}});
    if (grant != nullptr) part.subjects.back().allow.push_back(*grant);
  }

  Held held_by(const Grant& grant) {
    Held held;
    for (const DomainName& name : grant.names) held.push_back(held_by(name));
    return held;
  }

  // First the entries of `never`, then those of `allow`.
  const std::vector<bool>& held_by(const DomainName& name) {
    const auto [at, is_new] = names_.try_emplace(name.key());
    if (!is_new) return at->second;
    const auto any = [](const std::vector<DomainName>& patterns, auto test) {
      for (const DomainName& pattern : patterns)
        if (test(pattern)) return true;
      return false;
    };
    for (const GuardEntry& entry : guard_.never)
      at->second.push_back(
          any(entry.to.names, [&](const DomainName& it) { return holds(it, name) || holds(name, it); }) &&
          !any(entry.except.names, [&](const DomainName& it) { return holds(it, name); }));
    if (guard_.allow)
      for (const GuardEntry& entry : *guard_.allow)
        at->second.push_back(any(entry.to.names, [&](const DomainName& it) { return holds(it, name); }));
    return at->second;
  }

  void add_carrier(const Prefix& place) {
    const EmbeddedIpv4 embedded = embedded_ipv4(place.address);
    if (place.is_single() && embedded.begin() != embedded.end()) carriers_.insert(place.address);
  }

  // Where an entry forbids to go.
  FlowSpace forbidden_at(const GuardEntry& entry) const {
    std::vector<Prefix> carriers;
    for (const Address& carrier : carriers_) {
      const EmbeddedIpv4 embedded = embedded_ipv4(carrier);
      if (std::any_of(embedded.begin(), embedded.end(), [&](const Address& address) {
            return contains_any(entry.to.prefixes, address) && !contains_any(entry.except.prefixes, address);
          }))
        carriers.push_back(single(carrier));
    }
    return (addresses_and_forms(entry.to.prefixes) | addresses_of(carriers)) -
           addresses_and_forms(entry.except.prefixes);
  }

  FlowSpace ceiling(const Held& held, bool live) const {
    FlowSpace allowed = FlowSpace::all();
    if (guard_.allow) allowed = allowed_by_address(live) | allowed_by_name(held);
    std::vector<FlowSpace> forbidden;
    for (std::size_t i = 0; i < never_.size(); ++i) {
      const GuardEntry& entry = guard_.never[i];
      const FlowSpace whole = addresses_of(entry.to.prefixes, true) - addresses_of(entry.except.prefixes, true);
      forbidden.push_back(never_[i] & (live ? whole : never_at_[i]));
      for (const std::vector<bool>& name : held)
        if (name[i]) forbidden.push_back(never_[i]);
    }
    return allowed - FlowSpace::unite(std::move(forbidden));
  }

  FlowSpace allowed_by_address(bool live) const {
    std::vector<FlowSpace> allowed;
    for (std::size_t i = 0; i < allow_.size(); ++i)
      allowed.push_back(allow_[i] & addresses_of((*guard_.allow)[i].to.prefixes, live));
    return FlowSpace::unite(std::move(allowed));
  }

  FlowSpace allowed_by_name(const Held& held) const {
    FlowSpace allowed = held.empty() ? FlowSpace() : FlowSpace::all();
    for (const std::vector<bool>& name : held) {
      FlowSpace one;
      for (std::size_t i = 0; i < allow_.size(); ++i)
        if (name[never_.size() + i]) one |= allow_[i];
      allowed &= one;
    }
    return allowed;
  }

  const Policy& policy_;
  const Guard& guard_;
  std::vector<FlowSpace> never_;     // of each entry, wherever it leads
  std::vector<FlowSpace> never_at_;  // where it forbids to go
  std::set<Address> carriers_;       // single addresses of the policy that stand for others
  std::vector<FlowSpace> allow_;
  FlowSpace governed_;
  std::map<std::string, std::vector<bool>, std::less<>> names_;
  std::map<std::pair<bool, Held>, Policy> parts_;
};

}  // namespace
}  // namespace egressc::guard

namespace egressc {

FlowSpace flows_beyond(const Policy& policy, std::span<const Guard> guards) {
  FlowSpace beyond;
  for (const Guard& one : guards) beyond |= guard::Proof(policy, one).beyond();
  return beyond;
}

}  // namespace egressc
