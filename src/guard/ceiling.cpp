#include "egressc/ceiling.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "egressc/policy.h"
#include "guard/judge.h"
#include "model/words/words.h"

namespace egressc::guard {
namespace {

constexpr Service ask_names{Protocol::any, {53, 53}};  // RFC 1035, 4.2

// What of it is lost first; a live name is looked at last.
std::optional<Excess> excess_of(const Subject& subject, const Grant& grant, const Judge& judge) {
  const ServiceSet wanted = set_of(grant.services);
  const auto found = [&](std::string_view place, const ServiceSplit& split) -> std::optional<Excess> {
    if (split.lost.empty()) return std::nullopt;
    const Lost& lost = split.lost.front();
    return Excess{&subject,
                  &grant,
                  fmt::format("{} with {}", place, joined(within(grant.services, lost.services))),
                  where(lost.objection),
                  lost.objection.entry != nullptr,
                  describe(lost.objection)};
  };
  const std::string names = to_string(grant.names);
  for (const Prefix& place : grant.prefix ? std::vector{*grant.prefix} : grant.addresses)
    for (const Prefix& part : judge.parts(place)) {
      const std::string text = names.empty() ? to_string(part) : fmt::format("{} ({})", names, to_string(part));
      if (auto excess = found(text, judge.judge(part, wanted))) return excess;
    }
  if (!grant.live) return std::nullopt;
  for (const Family family : {Family::ipv4, Family::ipv6})
    if (auto excess = found(fmt::format("whatever {} comes to mean", names), judge.judge_live(family, wanted)))
      return excess;
  return std::nullopt;
}

}  // namespace
}  // namespace egressc::guard

namespace egressc {

Ceiling::Ceiling(std::vector<Guard> guards) : index_(std::make_shared<guard::CeilingIndex>(std::move(guards))) {}

std::span<const Guard> Ceiling::guards() const { return index_->guards; }

std::optional<Excess> excess_of(const Subject& subject, const Grant& grant, const Ceiling& ceiling) {
  using namespace guard;
  if (ceiling.empty()) return std::nullopt;
  return excess_of(subject, grant, Judge(ceiling.index(), subject, grant.names));
}

std::vector<Excess> excess_of(const Policy& policy, const Ceiling& ceiling) {
  using namespace guard;
  std::vector<Excess> all;
  if (ceiling.empty()) return all;
  std::set<Address> told;
  for (const Subject& subject : policy.subjects) {
    const Judge unnamed(ceiling.index(), subject, {});
    for (const Address& resolver : policy.resolvers) {
      const ServiceSplit split = unnamed.judge(single(resolver), set_of({&ask_names, 1}));
      if (split.lost.empty() || told.contains(resolver)) continue;
      const Objection& objection = split.lost.front().objection;
      all.push_back({&subject, nullptr, fmt::format("the resolver {}", to_string(resolver)), where(objection),
                     objection.entry != nullptr, describe(objection)});
      told.insert(resolver);
    }
    for (const Grant& grant : subject.allow)
      if (auto excess = excess_of(subject, grant, ceiling)) all.push_back(std::move(*excess));
  }
  return all;
}

bool permits(const Ceiling& ceiling, const Subject& subject, std::span<const DomainName> names, const Address& to,
             const Service& service) {
  using namespace guard;
  return Judge(ceiling.index(), subject, names).judge(single(to), set_of({&service, 1})).lost.empty();
}

bool allows_name(const Ceiling& ceiling, const Subject& subject, const DomainName& name) {
  using namespace guard;
  if (!Judge(ceiling.index(), subject, {&name, 1}).lost_by_name(every_service()).empty()) return false;
  for (std::size_t i = 0; i < ceiling.guards().size(); ++i) {
    const Guard& guard = ceiling.guards()[i];
    if (!guard.allow || !concerns_all(guard.subjects, subject)) continue;
    std::vector<EntryId> entries;
    ceiling.index().indexes[i].allow.to.names.covering(name, entries);
    if (std::any_of(entries.begin(), entries.end(),
                    [&](EntryId entry) { return concerns_all((*guard.allow)[entry].subjects, subject); }))
      return true;
  }
  return false;
}

bool limits(const Guard& guard, const Subject& subject) {
  using egressc::guard::concerns_some;
  if (!concerns_some(guard.subjects, subject)) return false;
  return guard.allow || std::any_of(guard.never.begin(), guard.never.end(),
                                    [&](const GuardEntry& entry) { return concerns_some(entry.subjects, subject); });
}

bool limits(const Ceiling& ceiling, const Subject& subject) {
  return std::any_of(ceiling.guards().begin(), ceiling.guards().end(),
                     [&](const Guard& guard) { return limits(guard, subject); });
}

bool may_be_live(const Ceiling& ceiling, const Subject& subject, const Grant& grant) {
  using namespace guard;
  if (grant.names.size() != 1) return false;
  const auto holds = [&](const Guard& guard) {
    return guard.allow && concerns_all(guard.subjects, subject) &&
           std::any_of(guard.allow->begin(), guard.allow->end(), [&](const GuardEntry& entry) {
             return std::binary_search(entry.to.names.begin(), entry.to.names.end(), grant.names.front()) &&
                    concerns_all(entry.subjects, subject);
           });
  };
  if (std::none_of(ceiling.guards().begin(), ceiling.guards().end(), holds)) return false;
  const Judge judge(ceiling.index(), subject, grant.names);
  const ServiceSet wanted = set_of(grant.services);
  return judge.judge_live(Family::ipv4, wanted).lost.empty() && judge.judge_live(Family::ipv6, wanted).lost.empty();
}

}  // namespace egressc
