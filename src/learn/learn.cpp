#include "egressc/learn.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "attempts.h"
#include "learn/gather.h"
#include "learn/grants.h"
#include "grants.h"
#include "names.h"

namespace egressc::learn {
namespace {

bool is_filtered(const Claim& claim, const LearnOptions& options) {
  const auto outside = [](const std::vector<IdRange>& ranges, std::uint32_t id) {
    return !ranges.empty() && id != no_id && std::none_of(ranges.begin(), ranges.end(), [id](const IdRange& range) {
      return range.first <= id && id <= range.last;
    });
  };
  return outside(options.uids, claim.uid) || outside(options.gids, claim.gid);
}

bool asked_for(const LearnOptions& options, std::uint32_t uid) {
  return std::any_of(options.uids.begin(), options.uids.end(),
                     [uid](const IdRange& range) { return range.first <= uid && uid <= range.last; });
}

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

bool is_subject(const Attempt& attempt, const LearnOptions& options, const Policy& policy) {
  if (attempt.key.uid == no_id) return false;
  // root is governed host-wide, or where somebody asks for it: a log alone must not cut root off.
  return attempt.key.uid != 0 || policy.scope == Scope::host || asked_for(options, 0);
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

Learnt learn_policy(std::span<const Observations> inputs, const LearnOptions& options, Diagnostics& diagnostics) {
  Learnt learnt;
  LearnSummary& summary = learnt.summary;
  learnt.policy = settings_of(options);
  warn_of_times(inputs, diagnostics);

  std::deque<Observations> joined;
  std::vector<Attempt> attempts = collect_attempts(inputs, options, joined, summary);
  const AskerIndex askers(inputs);
  const NameIndex names(inputs, askers, options.dns_grace);
  auto unmatched = match_claims(inputs, askers, names, options, attempts, summary);
  if (options.least == Trust::claimed) {
    std::vector<Attempt> believed = believe(unmatched, names);
    attempts.insert(attempts.end(), std::make_move_iterator(believed.begin()), std::make_move_iterator(believed.end()));
  }
  // Each attempt now has all its witnesses; what is in `unmatched` was only ever claimed.

  std::set<std::uint32_t> subjects;
  std::set<std::tuple<Address, std::uint16_t, std::uint8_t>> granted;
  for (const Attempt& attempt : attempts)
    if ((subjects.empty() || *subjects.rbegin() != attempt.key.uid) &&
        attempt.passed(Trust::packet) + attempt.denied(Trust::packet) + attempt.unsent() != 0)
      subjects.insert(attempt.key.uid);
  if (subjects.contains(no_id))
    for (const Attempt& attempt : attempts)
      if (attempt.key.uid != no_id && !reason_for_review(attempt, options))
        granted.insert({attempt.key.to, attempt.key.port, attempt.key.protocol});
  const auto is_known = [&](std::uint32_t uid) {
    return options.least == Trust::claimed || subjects.contains(uid) || asked_for(options, uid);
  };

  const auto is_granted_to_others = [&](const AttemptKey& key) {
    const auto as = [&](std::uint8_t protocol) { return granted.contains({key.to, key.port, protocol}); };
    return as(key.protocol) || (key.protocol == ip_protocol::unknown && (as(ip_protocol::tcp) || as(ip_protocol::udp)));
  };

  GrantTable table(names, options);
  for (Attempt& attempt : attempts) {
    const auto reason = reason_for_review(attempt, options);
    const std::uint64_t seen = attempt.records();
    if (reason == Reason::no_subject && is_granted_to_others(attempt.key)) {
      summary.tails += seen;  // the kernel's own packets of a connection carry no uid
      continue;
    }
    if (attempt.key.uid == 0 && !is_subject(attempt, options, learnt.policy)) {
      summary.filtered += seen;
      continue;
    }
    if (attempt.key.uid != no_id && !is_known(attempt.key.uid)) {
      // Only an untrusted log knows this user: to govern it would let whoever wrote the log cut the user off.
      Claim claim;
      claim.uid = attempt.key.uid;
      claim.to = attempt.key.to;
      claim.has_address = true;
      claim.port = attempt.key.port;
      claim.protocol = attempt.key.protocol;
      table.add(claim, {}, attempt.witnesses.front().format, false);
      summary.review += seen;
      continue;
    }
    if (!reason && attempt.key.protocol == ip_protocol::unknown && !options.assume_protocol)
      summary.protocol_assumed += seen;
    const bool is_granted = table.add(attempt, reason);
    (is_granted ? summary.granted : summary.review) += seen;
  }
  for (const UnmatchedClaim& unmatched_claim : unmatched) {
    const Claim& claim = unmatched_claim.claim;
    if (is_filtered(claim, options)) {
      ++summary.filtered;
      continue;
    }
    ++summary.review;
    table.add(claim, unmatched_claim.host, unmatched_claim.format, claim.uid != no_id && is_known(claim.uid));
  }
  warn_of_assumed_protocols(summary.protocol_assumed, diagnostics);
  table.write(learnt.policy);
  normalize(learnt.policy);
  return learnt;
}

}  // namespace egressc
