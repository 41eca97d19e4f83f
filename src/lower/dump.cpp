#include <fmt/core.h>

#include <iterator>

#include "lower/passes.h"

namespace egressc::lowering {
namespace {

using Out = std::back_insert_iterator<std::string>;

std::string to_text(const std::vector<IdRange>& ids) {
  std::string text;
  for (const IdRange& range : ids) {
    if (!text.empty()) text += ',';
    text += range.first == range.last ? fmt::format("{}", range.first) : fmt::format("{}-{}", range.first, range.last);
  }
  return text.empty() ? "any" : text;
}

std::string to_text(const AddressRange& range) {
  std::string text;
  for (const Prefix& prefix : prefixes_of(range)) text += (text.empty() ? "" : ",") + to_string(prefix);
  return text;
}

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

}  // namespace

std::string dump(const Work& work) {
  std::string text;
  const Out out(text);
  if (work.expired != 0) fmt::format_to(out, "{} expired\n", work.expired);
  for (const SubjectWork& subject : work.subjects) dump_subject(out, subject);
  for (const UidGroup& group : work.groups) dump_group(out, group);
  return text;
}

}  // namespace egressc::lowering
