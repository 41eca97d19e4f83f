
#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "egressc/policy.h"
#include "explain/advice.h"
#include "explain/judge.h"

namespace egressc::explain {
namespace {

// What a question asks, flow by flow.

constexpr std::size_t most_addresses = 256;
constexpr std::size_t most_candidates = 256;

// An id of each range, and one that is in none.
std::vector<std::uint32_t> representatives(const Policy& policy, std::vector<IdRange> Subject::*ids) {
  std::set<std::uint32_t> found;
  std::vector<IdRange> ranges;
  for (const Subject& subject : policy.subjects)
    for (const IdRange& range : subject.*ids) ranges.push_back(range);
  std::sort(ranges.begin(), ranges.end());
  std::uint32_t outside = 0;
  for (const IdRange& range : ranges) {
    if (found.size() < most_candidates) found.insert(range.first);
    if (range.first <= outside && outside <= range.last) outside = range.last + 1;
  }
  std::vector<std::uint32_t> candidates(found.begin(), found.end());
  if (outside != no_id) candidates.push_back(outside);
  return candidates;
}

// The addresses a name is listed with, anywhere in the policy; ascending. A prefix stands for its first address.
struct KnownAddresses {
  std::vector<Address> addresses;
  bool known = false;        // some entry of the policy has the name
  bool prefixes = false;     // some of them are prefixes
  std::size_t left_out = 0;  // beyond the most that are judged
};

template <typename Use>
void each_entry(const Policy& policy, Use use) {
  const auto reviews = [&](const std::vector<Review>& entries) {
    for (const Review& entry : entries) use(entry.what);
  };
  for (const Subject& subject : policy.subjects) {
    for (const Grant& grant : subject.allow) use(grant);
    reviews(subject.review);
  }
  reviews(policy.review);
}

// Ids that the question may be about, one for each answer that the policy's subjects can give. Several only where the
// question leaves a user or a group open; then `open` names it.
struct Askers {
  std::vector<Ids> ids;
  std::string_view open;
};

Askers askers_of(const Policy& policy, const FlowQuestion& question) {
  std::vector<std::uint32_t> uids, gids;
  if (question.uid) uids = {*question.uid};
  if (question.gid) gids = {*question.gid};
  for (const Subject& subject : policy.subjects) {
    if (subject.label != question.subject) continue;
    if (!subject.uids.empty()) uids = {subject.uids.front().first};
    if (!subject.gids.empty() && !question.gid) gids = {subject.gids.front().first};
  }
  Askers askers;
  if (gids.empty()) {
    gids = representatives(policy, &Subject::gids);
    askers.open = "gid";
  }
  if (uids.empty()) {
    uids = representatives(policy, &Subject::uids);
    askers.open = "uid";
  }
  std::set<std::pair<const Subject*, bool>> seen;
  for (const std::uint32_t uid : uids)
    for (const std::uint32_t gid : gids)
      if (seen.insert({holder_of(policy, {uid, gid}), is_governed(policy, {uid, gid})}).second)
        askers.ids.push_back({uid, gid});
  if (askers.ids.size() == 1) askers.open = {};
  return askers;
}

KnownAddresses addresses_of(const Policy& policy, const DomainName& name) {
  KnownAddresses known;
  std::set<Address> addresses;
  each_entry(policy, [&](const Grant& grant) {
    const bool names_it = std::any_of(grant.names.begin(), grant.names.end(), [&](const DomainName& granted) {
      return granted == name || granted.matches(name);
    });
    if (!names_it) return;
    known.known = true;
    for (const Prefix& prefix : grant.addresses) {
      addresses.insert(prefix.address);
      known.prefixes = known.prefixes || !prefix.is_single();
    }
  });
  for (const Address& address : addresses) {
    if (known.addresses.size() < most_addresses)
      known.addresses.push_back(address);
    else
      ++known.left_out;
  }
  return known;
}

// The names whose grants list the address; ascending.
std::vector<DomainName> names_of(const Policy& policy, const Address& address) {
  std::set<DomainName> names;
  each_entry(policy, [&](const Grant& grant) {
    if (!grant.names.empty() && holds_address(grant, address)) names.insert(grant.names.begin(), grant.names.end());
  });
  return {names.begin(), names.end()};
}

constexpr std::size_t most_compared = 512;

Ruling together(const std::vector<Judgement>& judgements) {
  const auto all = [&](Ruling ruling) {
    return std::all_of(judgements.begin(), judgements.end(),
                       [ruling](const Judgement& judgement) { return judgement.ruling == ruling; });
  };
  if (judgements.empty()) return Ruling::undecided;
  if (all(judgements.front().ruling)) return judgements.front().ruling;
  const bool open = std::any_of(judgements.begin(), judgements.end(),
                                [](const Judgement& judgement) { return judgement.ruling == Ruling::undecided; });
  return open ? Ruling::undecided : Ruling::partly;
}

std::vector<Judgement> judge_all(const Policy& policy, const FlowQuestion& question,
                                 const std::vector<Address>& addresses, Ids ids, std::optional<CivilDate> today) {
  std::vector<Judgement> judgements;
  for (const Address& to : addresses) {
    for (const std::uint8_t protocol : question.protocols) {
      if (is_icmp(protocol) && protocol != icmp_of(to.family)) continue;
      judgements.push_back(judge(
          policy,
          {ids.uid, ids.gid, question.loopback || is_loopback(to), protocol, to, port_of(protocol, question.port)},
          today));
    }
  }
  return judgements;
}

std::vector<Address> addresses_asked(const Policy& policy, const FlowQuestion& question,
                                     std::vector<std::string>& notes) {
  if (question.address) return {*question.address};
  const DomainName& name = *question.name;
  KnownAddresses known = addresses_of(policy, name);
  if (!known.known)
    notes.push_back(
        fmt::format("the policy does not know the name {}, and names are not looked up: ask about an "
                    "address, or the name and an address",
                    name.spelling()));
  else if (known.addresses.empty())
    notes.push_back(
        fmt::format("the policy lists no address for {}, and names are not looked up: it is open to "
                    "whatever addresses its resolver fills in, if it is `live`",
                    name.spelling()));
  if (known.prefixes) notes.emplace_back("some of its addresses are prefixes: each is judged by its first address");
  if (known.left_out != 0) notes.push_back(fmt::format("{} more of its addresses are not judged", known.left_out));
  return std::move(known.addresses);
}

// For one holder of ids all flows are of one subject, or of none.
void add_advice(Answer& answer, const Policy& policy, const FlowQuestion& question, std::optional<CivilDate> today) {
  std::vector<Judgement> denied;
  for (const Judgement& judgement : answer.judgements)
    if (judgement.ruling != Ruling::allowed) denied.push_back(judgement);
  if (denied.empty()) return;
  // Each is compared with every grant.
  const std::span<const Judgement> some = std::span(denied).first(std::min(denied.size(), most_compared));
  answer.near = nearest(policy, some, question.name, today);
  answer.review = held_in_review(policy, some, question.name);
  const bool one_asker = std::all_of(denied.begin(), denied.end(), [&](const Judgement& judgement) {
    return judgement.flow.uid == denied.front().flow.uid && judgement.flow.gid == denied.front().flow.gid;
  });
  if (one_asker) answer.remedy = remedy_for(policy, question, denied);
}

// Where no address is known it is still known whether anything could stop it.
void judge_anywhere(Answer& answer, const Policy& policy, const FlowQuestion& question, Ids ids,
                    std::optional<CivilDate> today) {
  if (is_governed(policy, ids) || (policy.scope == Scope::host && policy.mode == Mode::enforce)) return;
  const auto judgements = judge_all(policy, question, {ipv4(0), Address{Family::ipv6, 0, 0}}, ids, today);
  if (judgements.empty() || together(judgements) != Ruling::allowed) return;
  answer.ruling = Ruling::allowed;
  answer.notes.push_back(judgements.front().why + ", whatever the address");
}

}  // namespace
}  // namespace egressc::explain

namespace egressc {

Answer explain_flow(const Policy& policy, const FlowQuestion& question, std::optional<CivilDate> today) {
  using namespace explain;
  Answer answer;
  const std::vector<Address> addresses = addresses_asked(policy, question, answer.notes);
  const Askers askers = askers_of(policy, question);
  std::optional<Ruling> ruling;
  for (const Ids ids : askers.ids) {
    auto judgements = judge_all(policy, question, addresses, ids, today);
    const Ruling of_these = together(judgements);
    ruling = !ruling || *ruling == of_these ? of_these : Ruling::undecided;
    answer.judgements.insert(answer.judgements.end(), std::make_move_iterator(judgements.begin()),
                             std::make_move_iterator(judgements.end()));
  }
  answer.ruling = ruling.value_or(Ruling::undecided);
  if (!askers.open.empty() && answer.ruling == Ruling::undecided && !answer.judgements.empty())
    answer.notes.push_back(
        fmt::format("it depends on the {}: say `{} N`", askers.open == "gid" ? "group" : "user", askers.open));
  if (answer.judgements.empty() && askers.ids.size() == 1)
    judge_anywhere(answer, policy, question, askers.ids.front(), today);
  if (question.address) answer.names = names_of(policy, *question.address);
  add_advice(answer, policy, question, today);
  return answer;
}

}  // namespace egressc
