// Logs held against a policy or a ruleset, and a policy as what judges them.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <tuple>

#include "egressc/explain.h"
#include "egressc/policy.h"
#include "explain/judge.h"
#include "model/words/words.h"

namespace egressc::explain {
namespace {

// Where an attempt's protocol is an echo's, learning takes it for a request.
FlowPoint flow_of(const AttemptSeen& attempt, std::uint8_t protocol) {
  FlowPoint flow;
  flow.uid = attempt.uid;
  flow.gid = attempt.gid == no_id ? 0 : attempt.gid;
  flow.loopback = attempt.by_loopback || is_loopback(attempt.to);
  flow.protocol = protocol;
  flow.to = attempt.to;
  flow.port = port_of(protocol, attempt.port);
  return flow;
}

Ruling rule(const ReplayJudge& judge, const FlowPoint& flow, bool group_known) {
  if (!judge.universe.contains(flow)) return Ruling::undecided;
  if (group_known) {
    if (judge.least.contains(flow)) return Ruling::allowed;
    return judge.most.contains(flow) ? Ruling::undecided : Ruling::denied;
  }
  FlowBox box = single(flow);
  box.gids = every_id;
  const FlowSpace any_group(box);
  if ((any_group - judge.least).empty()) return Ruling::allowed;
  return (any_group & judge.most).empty() ? Ruling::denied : Ruling::undecided;
}

ReplayRow row_of(AttemptSeen attempt, const ReplayJudge& judge) {
  ReplayRow row;
  row.addresses = {attempt.to};
  row.destination = attempt.names.empty() ? to_string(attempt.to) : to_string(attempt.names);
  row.attempt = std::move(attempt);
  const AttemptSeen& seen = row.attempt;
  if (seen.uid == no_id) {
    row.ruling = Ruling::undecided;
    row.why = "no log says whose it is";
    return row;
  }
  const bool group_known = !judge.by_gid || seen.gid != no_id;
  const bool protocol_known = seen.protocol != ip_protocol::unknown;
  const FlowPoint flow = flow_of(seen, protocol_known ? seen.protocol : ip_protocol::tcp);
  row.ruling = rule(judge, flow, group_known);
  if (!protocol_known && rule(judge, flow_of(seen, ip_protocol::udp), group_known) != row.ruling) {
    row.ruling = Ruling::undecided;
    row.why = "no log tells whether it is tcp or udp, and that matters";
  } else if (row.ruling == Ruling::undecided && !group_known) {
    row.why = "no log tells its group, and that matters";
  } else if (row.ruling != Ruling::allowed) {
    row.why = judge.why(seen, flow, row.ruling);
  }
  return row;
}

auto place_of(const ReplayRow& row) {
  const AttemptSeen& attempt = row.attempt;
  return std::tie(row.ruling, attempt.uid, attempt.gid, attempt.protocol, attempt.port, row.destination);
}

int urgency(Ruling ruling) { return ruling == Ruling::denied ? 0 : ruling == Ruling::allowed ? 2 : 1; }

template <typename T>
void unite(std::vector<T>& into, const std::vector<T>& from) {
  into.insert(into.end(), from.begin(), from.end());
  sort_unique(into);
}

void merge(ReplayRow& into, const ReplayRow& from) {
  AttemptSeen& a = into.attempt;
  const AttemptSeen& b = from.attempt;
  unite(into.addresses, from.addresses);
  unite(a.by, b.by);
  unite(a.exe, b.exe);
  unite(a.claimed, b.claimed);
  a.trust = std::max(a.trust, b.trust);
  a.seen += b.seen;
  a.denied += b.denied;
  if (b.first != no_time && (a.first == no_time || b.first < a.first)) a.first = b.first;
  a.last = std::max(a.last, b.last);
}

// To look for what is nearest takes time in the number of grants, for each row: this many grants in all.
constexpr std::uint64_t most_looked_at = 50'000'000;

std::uint64_t size_of(const Policy& policy) {
  std::uint64_t size = 1 + policy.review.size();
  for (const Subject& subject : policy.subjects) size += 1 + subject.allow.size() + subject.review.size();
  return size;
}

FlowQuestion question_of(const AttemptSeen& attempt, const FlowPoint& flow) {
  FlowQuestion question;
  question.uid = attempt.uid;
  question.gid = flow.gid;
  if (attempt.names.size() == 1) question.name = attempt.names.front();
  question.address = attempt.to;
  question.protocols = {flow.protocol};
  question.port = attempt.port;
  question.loopback = flow.loopback;
  return question;
}

std::string text_of(const Answer& answer) {
  std::string text = answer.judgements.front().why;
  if (!answer.review.empty()) {
    const Held& held = answer.review.front();
    text += fmt::format("; in review as {} ({})", to_string(held.review->reason), place_text(held.review->what.where));
  }
  if (!answer.near.empty())
    text += fmt::format("; nearest: {} ({})", answer.near.front().why, place_text(answer.near.front().grant->where));
  return text;
}

}  // namespace
}  // namespace egressc::explain

namespace egressc {

Replay replay(AttemptList list, const ReplayJudge& judge) {
  using namespace explain;
  Replay result;
  std::vector<ReplayRow> rows;
  for (AttemptSeen& attempt : list.attempts) {
    const bool same = !rows.empty() && rows.back().attempt.uid == attempt.uid && rows.back().attempt.gid == attempt.gid;
    std::string subject = same                   ? rows.back().subject
                          : attempt.uid == no_id ? std::string()
                                                 : judge.subject(attempt.uid, attempt.gid);
    rows.push_back(row_of(std::move(attempt), judge));
    rows.back().subject = std::move(subject);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const ReplayRow& a, const ReplayRow& b) {
    if (urgency(a.ruling) != urgency(b.ruling)) return urgency(a.ruling) < urgency(b.ruling);
    return place_of(a) < place_of(b);
  });
  for (ReplayRow& row : rows) {
    if (!result.rows.empty() && place_of(result.rows.back()) == place_of(row) && result.rows.back().why == row.why)
      merge(result.rows.back(), row);
    else
      result.rows.push_back(std::move(row));
  }
  list.attempts.clear();
  result.rest = std::move(list);
  return result;
}

ReplayJudge policy_judge(const Policy& policy, std::optional<CivilDate> today) {
  using namespace explain;
  ReplayJudge judge;
  judge.least = flows_of(policy, today);
  judge.most = judge.least | baseline_flows(policy);
  judge.universe = possible_flows();
  judge.by_gid = std::any_of(policy.subjects.begin(), policy.subjects.end(),
                             [](const Subject& subject) { return !subject.gids.empty(); });
  judge.subject = [&policy](std::uint32_t uid, std::uint32_t gid) {
    const Subject* const subject = holder_of(policy, {uid, gid});
    return subject == nullptr ? std::string() : subject->label;
  };
  judge.why = [&policy, today, size = size_of(policy), looked = std::make_shared<std::uint64_t>(0)](
                  const AttemptSeen& attempt, const FlowPoint& flow, Ruling) {
    *looked += size;
    if (*looked > size && *looked > most_looked_at)
      return std::string("there are too many like it to look for what is nearest: ask about it alone");
    return text_of(explain_flow(policy, question_of(attempt, flow), today));
  };
  return judge;
}

}  // namespace egressc
