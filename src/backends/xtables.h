// What both xtables dialects say, before it is spelled: chains of rules of one family.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/dialects.h"
#include "egressc/address.h"
#include "egressc/ruleset.h"

namespace egressc::backends {

enum class State : std::uint8_t { any, established, replies };  // established or related; these, in reply direction

enum class Target : std::uint8_t { leave, accept, drop, reset, prohibit, log, go };  // leave is RETURN

struct Rule {
  State state = State::any;
  bool to_loopback = false;
  std::optional<Prefix> from;
  std::optional<Prefix> to;
  std::optional<Protocol> protocol;  // never `any`
  std::optional<std::uint16_t> from_port;
  std::vector<PortRange> ports;  // empty: every port; what multiport has room for
  std::optional<std::uint8_t> icmp_type;
  std::optional<std::uint8_t> hop_limit;
  std::string set;  // that holds the destination; "" for none
  std::optional<IdRange> uid;
  std::optional<IdRange> gid;
  std::optional<DenyLog> log;  // of Target::log
  std::string comment;         // safe to print
  Target target = Target::leave;
  std::string chain;  // of Target::go
};

struct Chain {
  std::string name;
  std::vector<Rule> rules;
};

struct Filter {
  Family family = Family::ipv4;
  std::optional<Target> output_policy;  // accept or drop; nothing where OUTPUT's policy is not ours to set
  std::vector<Chain> chains;            // without OUTPUT, which jumps to the first
};

// The filter table that `ruleset` is in one family.
Filter filter(const Ruleset& ruleset, Family family);

// The rules of `baseline` words that come before the subjects, and the kernel's ICMP errors.
void add_link_rules(std::vector<Rule>& rules, const Ruleset& ruleset, Family family, Target pass);
void add_icmp_errors(std::vector<Rule>& rules, Family family, Target pass);

// What the services of a live set open.
void add_live(std::vector<Rule>& rules, const LiveSet& set, Family family, Target pass);

// The chain of one subject.
Chain subject_chain(const SubjectRules& rules, Family family, Target pass);
std::string chain_name(std::string_view chain);

inline constexpr const char* deny_chain = "EGRESSC-DENY";
inline constexpr const char* out_chain = "EGRESSC-OUT";

// How many ports one rule of xtables names.

inline constexpr std::size_t multiport_slots = 15;

// A range takes two.
inline std::size_t slots(const PortRange& range) { return range.first == range.last ? 1 : 2; }

}  // namespace egressc::backends
