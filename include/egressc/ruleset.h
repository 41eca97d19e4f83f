// The lowered policy: no names, no overlaps, nothing that a printer would have to decide.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "egressc/address.h"
#include "egressc/settings.h"

namespace egressc {

// Addresses × ports of one protocol (tcp or udp). The boxes of a chain are pairwise disjoint within a family.
struct Box {
  AddressRange addresses;
  Protocol protocol = Protocol::tcp;
  PortRange ports;
  auto operator<=>(const Box&) const = default;
};

// An address-only set that a resolver keeps filled, and the services it opens. See `live` in egressc-policy(5).
struct LiveSet {
  std::string identifier;         // at most 25 characters, a letter first: room for "_4" and "_6" in ipset's 31
  std::string comment;            // the name, already safe to print
  std::vector<Service> services;  // tcp, udp (with ports), icmp, icmpv6; no `any`
  std::vector<Prefix> addresses;  // to start with
  std::string name;               // DomainName::key(), of "*.name" without the "*."
  bool below = false;             // the grant is to "*.name"
};

// What one subject may do. Everything else of it is denied.
struct SubjectRules {
  std::string label;  // safe to print
  std::string chain;  // unique, "u1001", "u1001_g5", "g100", with the tag: at most 20 characters without
  std::vector<IdRange> uids;
  std::vector<IdRange> gids;
  std::vector<Box> boxes;    // sorted
  std::vector<Prefix> echo;  // echo requests, both families; sorted, disjoint
  std::vector<LiveSet> live;
};

// Subjects that share their uids and differ in their gids; a uid is governed whole.
struct UidGroup {
  std::vector<IdRange> uids;           // empty: all uids (a gid-only policy)
  std::string chain;                   // where the gids are told apart; empty if the one subject has no gids
  std::vector<SubjectRules> subjects;  // one without gids, or several with disjoint gids
};

struct Ruleset {
  // "" or "_b": ends the name of everything in the nftables table but its base chain and its live sets, so that two
  // rulesets have room in one table and the base chain can be switched from one to the other.
  std::string tag;
  std::string version;  // egressc's
  std::string policy_hash;
  std::string note;  // an extra line for the header, such as what --now left out; safe to print
  Scope scope = Scope::host;
  Deny deny = Deny::reject;
  Mode mode = Mode::enforce;
  Established established = Established::keep;
  std::optional<LogRule> log;
  std::vector<Baseline> baseline;
  std::vector<UidGroup> groups;  // disjoint uids, ascending
};

}  // namespace egressc
