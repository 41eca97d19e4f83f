// Questions about one flow, and what a policy or a ruleset answers; and logs held against either.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/attempts.h"
#include "egressc/diagnostics.h"
#include "egressc/filter.h"
#include "egressc/flow_space.h"
#include "egressc/name.h"

namespace egressc {

struct Policy;
struct Subject;
struct Grant;
struct Review;

// "May uid 1001 reach api.example.com at tcp/443?"
struct FlowQuestion {
  std::string subject;  // a label of the policy; "" where ids were said instead
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<DomainName> name;
  std::optional<Address> address;       // this or `name`; with both, the name at this address
  std::vector<std::uint8_t> protocols;  // IP protocol numbers; tcp and udp where none was said
  std::uint16_t port = 0;               // 0 exactly where the protocol is icmp or icmpv6
  bool loopback = false;                // leaves by the loopback interface
};

// The words that a question may use besides its own and numbers.
struct FlowNames {
  std::vector<std::string_view> labels;
  UserIds users;
  UserIds groups;
};

// The words of a question, in any order: `uid N`, `gid N`, a label or a user's name; tcp, udp, icmp, icmpv6;
// NAME:PORT, ADDRESS:PORT, [IPv6]:PORT, or NAME, ADDRESS, `port N`, N, tcp/N apart; `lo`. Addresses in 127.0.0.0/8 and
// ::1 are `lo` by themselves. nullopt exactly if errors were added; their column counts in `text`.
std::optional<FlowQuestion> read_flow(std::string_view text, const FlowNames& names, Diagnostics& diagnostics);

enum class Ruling : std::uint8_t {
  allowed,
  denied,
  undecided,  // it depends on what the question or the policy does not say
  partly,     // some of the flows asked for are allowed, others are not
};
std::string_view to_string(Ruling ruling);

enum class Basis : std::uint8_t { none, grant, resolver, baseline, scope, monitor };
std::string_view to_string(Basis basis);

// What a policy says of one flow. Pointers are into the policy.
struct Judgement {
  FlowPoint flow;
  Ruling ruling = Ruling::denied;    // never partly
  Basis basis = Basis::none;         // what allows it
  const Subject* subject = nullptr;  // whose ids the flow has
  std::vector<const Grant*> grants;  // all that allow it
  std::string why;                   // a sentence, where the grants do not say it
};

// `allowed` exactly for the flows of flows_of(); `undecided` for those of baseline_flows() besides. `flow` is a
// possible flow (see possible_flows()); the policy is valid.
Judgement judge(const Policy& policy, const FlowPoint& flow, std::optional<CivilDate> today);

// A grant that nearly allows a denied flow.
struct Near {
  const Subject* subject = nullptr;
  const Grant* grant = nullptr;
  std::string why;
};

// An entry of review that speaks of a denied flow.
struct Held {
  const Subject* subject = nullptr;  // nullptr: the policy's own review
  const Review* review = nullptr;
};

// Text that grants what is denied: whole lines, to be put before line `before` of `file`, or at the end of the policy's
// file where that is 0. It is indented for a file that is laid out as egressc prints it.
struct Remedy {
  std::string yaml;
  std::string place;  // in words
  std::uint32_t before = 0;
  std::string file;  // "" where no part of the policy tells
};

struct Answer {
  Ruling ruling = Ruling::denied;
  std::vector<Judgement> judgements;  // by ids, address, protocol
  std::vector<Near> near;             // the nearest first; a few
  std::vector<Held> review;
  std::optional<Remedy> remedy;   // where something is denied
  std::vector<DomainName> names;  // that the policy has for the address asked for
  std::vector<std::string> notes;
};

// What `policy`, which is valid, says of the question. There are remedies only for one that was read from a file. A
// name is judged for each address the policy has for it, whoever's; no name is looked up. With today: grants that have
// expired allow nothing.
Answer explain_flow(const Policy& policy, const FlowQuestion& question, std::optional<CivilDate> today);

// The lines of a grant as write_policy_yaml() has them, without its evidence and not indented.
std::string grant_text(const Grant& grant);

// What a ruleset says of a question, rule by rule: one flow on its way through it.
struct RulesetWay {
  std::string file;
  FlowPoint flow;
  Ruling ruling = Ruling::undecided;  // never partly
  Trace trace;
};

struct RulesetAnswer {
  Ruling ruling = Ruling::undecided;
  std::vector<RulesetWay> ways;
  std::vector<std::string> notes;
};

Ruling ruling_of(const Ends& ends);

// The question has an address. Where it leaves the user or the group open and that matters, a way that is allowed and
// one that is not are shown. What does not fit: see within_flow_limit().
RulesetAnswer explain_rulesets(std::span<const ReadRuleset> rulesets, const FlowQuestion& question);

// Logs held against a policy or a ruleset: what would it have blocked? This judges. `least` is what surely passes,
// `most` what possibly does, and flows outside of `universe` are not spoken of.
struct ReplayJudge {
  FlowSpace least;
  FlowSpace most;
  FlowSpace universe;
  bool by_gid = false;                                                           // groups matter
  std::function<std::string(std::uint32_t uid, std::uint32_t gid)> subject;      // its label, or ""
  std::function<std::string(const AttemptSeen&, const FlowPoint&, Ruling)> why;  // a flow that is not surely allowed
};

// One destination of one subject. Addresses of one name that fare alike are one row.
struct ReplayRow {
  Ruling ruling = Ruling::denied;
  AttemptSeen attempt;             // its counts and times are those of the whole row
  std::vector<Address> addresses;  // ascending
  std::string subject;
  std::string destination;  // names, or the address
  std::string why;
};

struct Replay {
  std::vector<ReplayRow> rows;  // denied, undecided, allowed; in each by ids, protocol and port, destination
  AttemptList rest;             // what was counted, and is in no row
};

Replay replay(AttemptList list, const ReplayJudge& judge);

// A policy or rulesets as the judge, which they have to outlive. What does not fit: see within_flow_limit().
ReplayJudge policy_judge(const Policy& policy, std::optional<CivilDate> today);
ReplayJudge ruleset_judge(std::span<const ReadRuleset> rulesets);

}  // namespace egressc
