#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "faults.h"

namespace egressc::mutants {
namespace {

void for_each_subject(Ruleset& ruleset, auto&& act) {
  for (UidGroup& group : ruleset.groups)
    for (SubjectRules& subject : group.subjects) act(subject);
}

// The first box of the family that `fits`, and nothing where there is none.
Box* first_box(Ruleset& ruleset, Family family, auto&& fits) {
  Box* found = nullptr;
  for_each_subject(ruleset, [&](SubjectRules& subject) {
    for (Box& box : subject.boxes)
      if (!found && box.addresses.first.family == family && fits(box)) found = &box;
  });
  return found;
}

bool is_single(const Box& box) { return box.addresses.first == box.addresses.last; }
bool is_network(const Box& box) { return !is_single(box) && prefixes_of(box.addresses).size() == 1; }
bool is_resolver(const Box& box) { return is_single(box) && box.ports == PortRange{53, 53}; }
bool is_plain(const Box& box) { return is_single(box) && !is_resolver(box); }

void wrong_port(Ruleset& ruleset, Family family) {
  Box* box = first_box(ruleset, family, [](const Box& b) { return is_plain(b) && b.ports.last < 65535; });
  if (!box) return;
  ++box->ports.first;
  ++box->ports.last;
}

void longer_port_range(Ruleset& ruleset, Family family) {
  const auto fits = [](const Box& b) { return b.ports.first < b.ports.last && b.ports.last < 65535; };
  if (Box* box = first_box(ruleset, family, fits)) ++box->ports.last;
}

void every_port(Ruleset& ruleset, Family family) {
  if (Box* box = first_box(ruleset, family, is_network)) box->ports = {};
}

void protocol_swapped(Ruleset& ruleset, Family family) {
  if (Box* box = first_box(ruleset, family, is_plain))
    box->protocol = box->protocol == Protocol::tcp ? Protocol::udp : Protocol::tcp;
}

void address_off_by_one(Ruleset& ruleset, Family family) {
  Box* box = first_box(ruleset, family, is_plain);
  if (box) box->addresses.first = box->addresses.last = *next(box->addresses.last);
}

void change_length(Ruleset& ruleset, Family family, int change) {
  Box* box = first_box(ruleset, family, is_network);
  if (!box) return;
  const Prefix prefix = prefixes_of(box->addresses).front();
  box->addresses = range_of(prefix_around(prefix.address, static_cast<std::uint8_t>(prefix.length + change)));
}

void shorter_prefix(Ruleset& ruleset, Family family) { change_length(ruleset, family, -1); }
void longer_prefix(Ruleset& ruleset, Family family) { change_length(ruleset, family, 1); }

void every_address(Ruleset& ruleset, Family family) {
  if (Box* box = first_box(ruleset, family, is_network)) box->addresses = range_of(Prefix{{family, 0, 0}, 0});
}

void family_lost(Ruleset& ruleset, Family family) {
  for_each_subject(ruleset, [&](SubjectRules& subject) {
    std::erase_if(subject.boxes, [&](const Box& box) { return box.addresses.first.family == family; });
    std::erase_if(subject.echo, [&](const Prefix& prefix) { return prefix.address.family == family; });
  });
}

void last_box_lost(Ruleset& ruleset, Family family) {
  std::vector<Box>* longest = nullptr;
  for_each_subject(ruleset, [&](SubjectRules& subject) {
    if (!longest || subject.boxes.size() > longest->size()) longest = &subject.boxes;
  });
  if (!longest) return;
  const auto last = std::find_if(longest->rbegin(), longest->rend(),
                                 [&](const Box& box) { return box.addresses.first.family == family; });
  if (last != longest->rend()) longest->erase(std::next(last).base());
}

void resolver_lost(Ruleset& ruleset, Family family) {
  for_each_subject(ruleset, [&](SubjectRules& subject) {
    std::erase_if(subject.boxes,
                  [&](const Box& box) { return box.addresses.first.family == family && is_resolver(box); });
  });
}

void echo_lost(Ruleset& ruleset, Family family) {
  for_each_subject(ruleset, [&](SubjectRules& subject) {
    std::erase_if(subject.echo, [&](const Prefix& prefix) { return prefix.address.family == family; });
  });
}

void echo_widened(Ruleset& ruleset, Family family) {
  for_each_subject(ruleset, [&](SubjectRules& subject) {
    for (Prefix& prefix : subject.echo)
      if (prefix.address.family == family && prefix.length > 0)
        prefix = prefix_around(prefix.address, static_cast<std::uint8_t>(prefix.length - 1));
  });
}

// An IPv4 grant is written as the IPv6 addresses ::ffff:0:0/96 of RFC 4291, 2.5.5.2.
void ipv4_mapped(Ruleset& ruleset, Family) {
  Box* box = first_box(ruleset, Family::ipv4, is_plain);
  if (!box) return;
  for (Address* address : {&box->addresses.first, &box->addresses.last}) {
    address->family = Family::ipv6;
    address->low |= 0xffff00000000;
  }
}

// What one subject may do becomes what its neighbour may do as well.
void grant_leaks(Ruleset& ruleset, Family family) {
  const Box* box = first_box(ruleset, family, is_plain);
  if (box && ruleset.groups.size() > 1) ruleset.groups.back().subjects.back().boxes.push_back(*box);
}

void uid_swapped(Ruleset& ruleset, Family) {
  if (ruleset.groups.size() > 1) std::swap(ruleset.groups[0].uids, ruleset.groups[1].uids);
}

void uid_off_by_one(Ruleset& ruleset, Family) {
  if (!ruleset.groups.empty() && !ruleset.groups.back().uids.empty()) ++ruleset.groups.back().uids.back().last;
}

void subject_lost(Ruleset& ruleset, Family) {
  if (!ruleset.groups.empty()) ruleset.groups.erase(ruleset.groups.begin());
}

UidGroup* group_with_gids(Ruleset& ruleset) {
  const auto found = std::find_if(ruleset.groups.begin(), ruleset.groups.end(),
                                  [](const UidGroup& group) { return group.subjects.size() > 1; });
  return found == ruleset.groups.end() ? nullptr : &*found;
}

// The uid's first subject may do what it may whatever its gid.
void gid_lost(Ruleset& ruleset, Family) {
  UidGroup* group = group_with_gids(ruleset);
  if (!group) return;
  group->chain.clear();
  group->subjects.resize(1);
  group->subjects.front().gids.clear();
}

void gid_swapped(Ruleset& ruleset, Family) {
  if (UidGroup* group = group_with_gids(ruleset)) std::swap(group->subjects[0].gids, group->subjects[1].gids);
}

void mode_swapped(Ruleset& ruleset, Family) {
  ruleset.mode = ruleset.mode == Mode::enforce ? Mode::monitor : Mode::enforce;
}

void scope_swapped(Ruleset& ruleset, Family) {
  ruleset.scope = ruleset.scope == Scope::host ? Scope::subjects : Scope::host;
}

void toggle(Ruleset& ruleset, Baseline word) {
  if (std::erase(ruleset.baseline, word) == 0) ruleset.baseline.push_back(word);
}

void loopback_swapped(Ruleset& ruleset, Family) { toggle(ruleset, Baseline::loopback); }
void ndp_swapped(Ruleset& ruleset, Family) { toggle(ruleset, Baseline::ndp); }
void mld_swapped(Ruleset& ruleset, Family) { toggle(ruleset, Baseline::mld); }
void dhcp_swapped(Ruleset& ruleset, Family) { toggle(ruleset, Baseline::dhcp); }
void icmp_errors_swapped(Ruleset& ruleset, Family) { toggle(ruleset, Baseline::icmp_errors); }

void for_each_live(Ruleset& ruleset, auto&& act) {
  for_each_subject(ruleset, [&](SubjectRules& subject) {
    for (LiveSet& set : subject.live) act(set);
  });
}

void live_service_widened(Ruleset& ruleset, Family) {
  for_each_live(ruleset, [](LiveSet& set) { set.services.push_back({Protocol::tcp, {8443, 8443}}); });
}

void live_service_lost(Ruleset& ruleset, Family) {
  for_each_live(ruleset, [](LiveSet& set) { set.services.pop_back(); });
}

void live_services_swapped(Ruleset& ruleset, Family) {
  for_each_subject(ruleset, [](SubjectRules& subject) {
    if (subject.live.size() > 1) std::swap(subject.live[0].services, subject.live[1].services);
  });
}

void live_name_swapped(Ruleset& ruleset, Family) {
  for_each_subject(ruleset, [](SubjectRules& subject) {
    if (subject.live.size() < 2) return;
    std::swap(subject.live[0].comment, subject.live[1].comment);
    std::swap(subject.live[0].name, subject.live[1].name);
    std::swap(subject.live[0].below, subject.live[1].below);
  });
}

void live_identifiers_swapped(Ruleset& ruleset, Family) {
  for_each_subject(ruleset, [](SubjectRules& subject) {
    if (subject.live.size() > 1) std::swap(subject.live[0].identifier, subject.live[1].identifier);
  });
}

void live_set_lost(Ruleset& ruleset, Family) {
  for_each_subject(ruleset, [](SubjectRules& subject) {
    if (!subject.live.empty()) subject.live.pop_back();
  });
}

void live_address_lost(Ruleset& ruleset, Family family) {
  for_each_live(ruleset, [&](LiveSet& set) {
    std::erase_if(set.addresses, [&](const Prefix& prefix) { return prefix.address.family == family; });
  });
}

void live_address_off_by_one(Ruleset& ruleset, Family family) {
  for_each_live(ruleset, [&](LiveSet& set) {
    for (Prefix& prefix : set.addresses)
      if (prefix.address.family == family && prefix.is_single()) ++prefix.address.low;
  });
}

constexpr std::array table = {
    RulesetFault{"wrong-port", wrong_port},
    RulesetFault{"longer-port-range", longer_port_range},
    RulesetFault{"every-port", every_port},
    RulesetFault{"protocol-swapped", protocol_swapped},
    RulesetFault{"address-off-by-one", address_off_by_one},
    RulesetFault{"shorter-prefix", shorter_prefix},
    RulesetFault{"longer-prefix", longer_prefix},
    RulesetFault{"every-address", every_address},
    RulesetFault{"family-lost", family_lost},
    RulesetFault{"last-box-lost", last_box_lost},
    RulesetFault{"resolver-lost", resolver_lost},
    RulesetFault{"echo-lost", echo_lost},
    RulesetFault{"echo-widened", echo_widened},
    RulesetFault{"ipv4-mapped", ipv4_mapped},
    RulesetFault{"grant-leaks", grant_leaks},
    RulesetFault{"uid-swapped", uid_swapped},
    RulesetFault{"uid-off-by-one", uid_off_by_one},
    RulesetFault{"subject-lost", subject_lost},
    RulesetFault{"gid-lost", gid_lost},
    RulesetFault{"gid-swapped", gid_swapped},
    RulesetFault{"mode-swapped", mode_swapped},
    RulesetFault{"scope-swapped", scope_swapped},
    RulesetFault{"loopback-swapped", loopback_swapped},
    RulesetFault{"ndp-swapped", ndp_swapped},
    RulesetFault{"mld-swapped", mld_swapped},
    RulesetFault{"dhcp-swapped", dhcp_swapped},
    RulesetFault{"icmp-errors-swapped", icmp_errors_swapped},
    RulesetFault{"live-service-widened", live_service_widened},
    RulesetFault{"live-service-lost", live_service_lost},
    RulesetFault{"live-services-swapped", live_services_swapped},
    RulesetFault{"live-name-swapped", live_name_swapped},
    RulesetFault{"live-set-lost", live_set_lost},
    RulesetFault{"live-identifiers-swapped", live_identifiers_swapped},
    RulesetFault{"live-address-lost", live_address_lost},
    RulesetFault{"live-address-off-by-one", live_address_off_by_one},
};

}  // namespace

std::span<const RulesetFault> ruleset_faults() { return table; }

}  // namespace egressc::mutants
