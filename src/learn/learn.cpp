#include "egressc/learn.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "learn/grants.h"

namespace egressc::learn {
namespace {

Policy settings_of(const LearnOptions& options) {
  Policy policy;
  policy.scope = options.scope.value_or(options.uids.empty() && options.gids.empty() ? Scope::host : Scope::subjects);
  policy.deny = options.deny;
  policy.mode = options.mode;
  policy.resolvers = options.resolvers;
  if (policy.scope == Scope::host)
    policy.baseline = {Baseline::ndp, Baseline::mld, Baseline::dhcp, Baseline::icmp_errors};
  return policy;
}

// What all attempts together say of one user or of one destination.
class Standing {
 public:
  Standing(const std::vector<Attempt>& attempts, const LearnOptions& options) : options_(options) {
    for (const Attempt& attempt : attempts)
      if ((subjects_.empty() || *subjects_.rbegin() != attempt.key.uid) &&
          attempt.passed(Trust::packet) + attempt.denied(Trust::packet) + attempt.unsent() != 0)
        subjects_.insert(attempt.key.uid);
    if (!subjects_.contains(no_id)) return;
    for (const Attempt& attempt : attempts)
      if (attempt.key.uid != no_id && !reason_for_review(attempt, options))
        granted_.insert({attempt.key.to, attempt.key.port, attempt.key.protocol});
  }

  // A trusted log knows the user, or somebody asked for it. To govern one that only an untrusted log knows would let
  // whoever wrote the log cut the user off.
  bool is_known(std::uint32_t uid) const {
    return options_.least == Trust::claimed || subjects_.contains(uid) || in_any(options_.uids, uid) ||
           uid == options_.as_uid;
  }

  bool is_granted_to_others(const AttemptKey& key) const {
    const auto as = [&](std::uint8_t protocol) { return granted_.contains({key.to, key.port, protocol}); };
    return as(key.protocol) || (key.protocol == ip_protocol::unknown && (as(ip_protocol::tcp) || as(ip_protocol::udp)));
  }

 private:
  const LearnOptions& options_;
  std::set<std::uint32_t> subjects_;
  std::set<std::tuple<Address, std::uint16_t, std::uint8_t>> granted_;
};

// A user whose packets a table of egressc's denied is governed by it, as with the policy itself at hand.
LearnOptions with_tables_seen(std::span<const Observations> inputs, LearnOptions options) {
  std::set<std::uint32_t> denied;
  for (const Observations& input : inputs)
    if (input.trust != Trust::claimed) denied.insert(input.denied_by_egressc.begin(), input.denied_by_egressc.end());
  if (denied.empty()) return options;
  options.is_enforced = [denied = std::move(denied), known = std::move(options.is_enforced)](std::uint32_t uid,
                                                                                             std::uint32_t gid) {
    return denied.contains(uid) || (known && known(uid, gid));
  };
  return options;
}

Claim as_claim(const AttemptKey& key) {
  Claim claim;
  claim.uid = key.uid;
  claim.to = key.to;
  claim.has_address = true;
  claim.port = key.port;
  claim.protocol = key.protocol;
  return claim;
}

// To a grant or to review, and into the count of what became of it.
void sort_attempt(const Attempt& attempt, const Standing& standing, bool governs_root, const LearnOptions& options,
                  GrantTable& table, LearnSummary& summary) {
  const AttemptKey& key = attempt.key;
  const auto reason = reason_for_review(attempt, options);
  const std::uint64_t seen = attempt.records();
  if (reason == Reason::no_subject && standing.is_granted_to_others(key)) {
    summary.tails += seen;  // the kernel's own packets of a connection carry no uid
    return;
  }
  if (key.uid == 0 && !governs_root) {
    summary.filtered += seen;
    return;
  }
  if (key.uid != no_id && !standing.is_known(key.uid)) {
    table.add({as_claim(key), {}, {}, attempt.witnesses.front().format}, false);
    summary.review += seen;
    return;
  }
  if (!reason && key.protocol == ip_protocol::unknown && !options.assume_protocol) summary.protocol_assumed += seen;
  const bool is_granted = table.add(attempt, reason);
  (is_granted ? summary.granted : summary.review) += seen;
}

void sort_claim(const UnmatchedClaim& unmatched, const Standing& standing, const LearnOptions& options,
                GrantTable& table, LearnSummary& summary) {
  const Claim& claim = unmatched.claim;
  if (is_filtered(options, claim.uid, claim.gid)) {
    ++summary.filtered;
    return;
  }
  ++summary.review;
  ++(claim.kind == ClaimKind::denied ? summary.refused : summary.claimed);
  table.add(unmatched, claim.uid != no_id && standing.is_known(claim.uid));
}

void warn_of_assumed_protocols(std::uint64_t assumed, Diagnostics& diagnostics) {
  if (assumed == 0) return;
  diagnostics.warning(
      {}, fmt::format("the protocol of {} attempt(s) is in no log: both tcp and udp are granted (`any`)", assumed),
      "record socket(2) as well (auditctl -a always,exit -F arch=b64 -S socket -k egress) or add a packet "
      "log; or say --assume-proto tcp");
}

}  // namespace
}  // namespace egressc::learn

namespace egressc {

Learnt learn_policy(std::span<const Observations> inputs, const LearnOptions& given, Diagnostics& diagnostics) {
  using namespace learn;
  const LearnOptions options = with_tables_seen(inputs, given);
  Learnt learnt{settings_of(options), {}};
  Policy& policy = learnt.policy;
  LearnSummary& summary = learnt.summary;

  // Each attempt has all its witnesses. What is in `unmatched` was only ever claimed.
  auto [joined, attempts, names, unmatched] = gather(inputs, options, summary, diagnostics);

  // Where claims are believed, those that tell enough are attempts as well.
  if (options.least == Trust::claimed) {
    std::vector<Attempt> believed = believe(unmatched, names, options.include_denied);
    std::move(believed.begin(), believed.end(), std::back_inserter(attempts));
  }

  // Each attempt and each claim stands in the table, granted or with its reason for review, or is counted as left out.
  const Standing standing(attempts, options);
  // root is governed host-wide, or where somebody asks for it: a log alone must not cut root off.
  const bool governs_root = policy.scope == Scope::host || in_any(options.uids, 0);
  GrantTable table(names, options);
  for (const Attempt& attempt : attempts) sort_attempt(attempt, standing, governs_root, options, table, summary);
  for (const UnmatchedClaim& claim : unmatched) sort_claim(claim, standing, options, table, summary);
  warn_of_assumed_protocols(summary.protocol_assumed, diagnostics);

  // The policy has its subjects, in the order and form of every policy.
  table.write(policy);
  normalize(policy);
  return learnt;
}

}  // namespace egressc
