#include "egressc/lower.h"

#include <fmt/core.h>

#include <array>
#include <iterator>
#include <utility>

#include "egressc/policy.h"
#include "lower/passes.h"
#include "model/words/words.h"

namespace egressc::lower {
namespace {

constexpr std::size_t longest_chain = 20;  // "EGRESSC-" before it makes the 28 characters of an xtables chain

// "u1001" for a user, "u1001_g5" for a group of it, "g100" for a group of anybody.
std::string chain_name(const Subject& subject, std::size_t number) {
  const std::string user = subject.uids.empty() ? "" : fmt::format("u{}", subject.uids.front().first);
  if (subject.gids.empty()) return user;
  const std::string name = fmt::format("{}{}g{}", user, user.empty() ? "" : "_", subject.gids.front().first);
  return name.size() <= longest_chain ? name : fmt::format("{}_{}", user, number);
}

SubjectRules rules_of(SubjectWork work, std::size_t number, const std::string& tag) {
  SubjectRules rules;
  rules.label = work.subject->label;
  rules.chain = chain_name(*work.subject, number) + tag;
  rules.uids = work.subject->uids;
  rules.gids = work.subject->gids;
  rules.boxes = std::move(work.boxes);
  rules.echo = std::move(work.echo);
  rules.live = std::move(work.live);
  return rules;
}

using Out = std::back_insert_iterator<std::string>;

std::string to_text(const std::vector<IdRange>& ids) { return ids.empty() ? "any" : joined(ids, ",", id_text); }

std::string to_text(const AddressRange& range) { return joined(prefixes_of(range), ","); }

void dump_live(Out out, const LiveSet& set, std::string_view indent) {
  fmt::format_to(out, "{}live {} {}", indent, set.identifier, set.comment);
  for (const Service& service : set.services) fmt::format_to(out, " {}", to_string(service));
  for (const Prefix& address : set.addresses) fmt::format_to(out, " {}", to_string(address));
  fmt::format_to(out, "\n");
}

void dump_subject(Out out, const SubjectWork& work) {
  fmt::format_to(out, "subject {}: uid {}, gid {}\n", printable(work.subject->label), to_text(work.subject->uids),
                 to_text(work.subject->gids));
  for (const Opening& opening : work.openings)
    fmt::format_to(out, "  {} {}\n", to_string(opening.to), to_string(opening.service));
  for (const Box& box : work.boxes)
    fmt::format_to(out, "  {} {}\n", to_text(box.addresses), to_string(Service{box.protocol, box.ports}));
  for (const Prefix& prefix : work.echo) fmt::format_to(out, "  {} echo\n", to_string(prefix));
  for (const LiveSet& set : work.live) dump_live(out, set, "  ");
}

void dump_group(Out out, const UidGroup& group) {
  fmt::format_to(out, "group: uid {}{}{}\n", to_text(group.uids), group.chain.empty() ? "" : ", chain ", group.chain);
  for (const SubjectRules& rules : group.subjects) {
    fmt::format_to(out, "  {}: gid {}, chain {}\n", printable(rules.label), to_text(rules.gids), rules.chain);
    for (const Box& box : rules.boxes)
      fmt::format_to(out, "    {} {}\n", to_text(box.addresses), to_string(Service{box.protocol, box.ports}));
    for (const Prefix& prefix : rules.echo) fmt::format_to(out, "    {} echo\n", to_string(prefix));
    for (const LiveSet& set : rules.live) dump_live(out, set, "    ");
  }
}

struct Pass {
  std::string_view name;
  bool (*run)(Work&, Diagnostics&);
};

constexpr std::array passes = {
    Pass{"expand", expand},
    Pass{"split", split},
    Pass{"disjoint", disjoint},
    Pass{"group", group},
};

constexpr auto names = [] {
  std::array<std::string_view, passes.size()> all;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = passes[i].name;
  return all;
}();

std::string note(const Work& work) {
  if (work.expired == 0) return {};
  return fmt::format("{} left out, expired before {}", counted(work.expired, "grant"), to_string(*work.options.today));
}

}  // namespace

// Subjects come sorted by their uids, and share all of them or none.
bool group(Work& work, Diagnostics&) {
  for (SubjectWork& subject : work.subjects) {
    const std::vector<IdRange>& uids = subject.subject->uids;
    if (work.groups.empty() || work.groups.back().uids != uids) {
      UidGroup& group = work.groups.emplace_back();
      group.uids = uids;
      if (!uids.empty() && !subject.subject->gids.empty())
        group.chain = fmt::format("u{}{}", uids.front().first, work.options.tag);
    }
    std::vector<SubjectRules>& subjects = work.groups.back().subjects;
    subjects.push_back(rules_of(std::move(subject), subjects.size(), work.options.tag));
  }
  work.subjects.clear();
  return true;
}

std::string dump(const Work& work) {
  std::string text;
  const Out out(text);
  if (work.expired != 0) fmt::format_to(out, "{} expired\n", work.expired);
  for (const SubjectWork& subject : work.subjects) dump_subject(out, subject);
  for (const UidGroup& group : work.groups) dump_group(out, group);
  return text;
}

}  // namespace egressc::lower

namespace egressc {

std::span<const std::string_view> lowering_passes() { return lower::names; }

std::optional<Lowered> lower_policy(const Policy& policy, const LowerOptions& options, Diagnostics& diagnostics) {
  using namespace lower;
  Work work{policy, options, 0, {}, {}};
  Lowered lowered;
  for (const Pass& pass : passes) {
    if (!pass.run(work, diagnostics)) return std::nullopt;
    if (pass.name == options.dump_after) lowered.dump = dump(work);
  }
  Ruleset& ruleset = lowered.ruleset;
  ruleset.tag = options.tag;
  ruleset.version = options.version;
  ruleset.policy_hash = policy_hash(policy);
  ruleset.note = note(work);
  ruleset.scope = policy.scope;
  ruleset.deny = policy.deny;
  ruleset.mode = policy.mode;
  ruleset.established = policy.established;
  ruleset.log = policy.log;
  if (policy.scope == Scope::host) ruleset.baseline = policy.baseline;
  ruleset.groups = std::move(work.groups);
  return lowered;
}

}  // namespace egressc
