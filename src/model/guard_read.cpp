#include <algorithm>

#include "egressc/guard.h"
#include "model/document.h"
#include "model/guard_places.h"
#include "model/policy_fields.h"
#include "model/policy_grants.h"
#include "model/policy_ids.h"

namespace egressc {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

void join(std::vector<IdRange>& ids) {
  std::sort(ids.begin(), ids.end());
  std::size_t kept = 0;
  for (const IdRange& range : ids) {
    if (kept != 0 && range.first <= std::uint64_t{ids[kept - 1].last} + 1)
      ids[kept - 1].last = std::max(ids[kept - 1].last, range.last);
    else
      ids[kept++] = range;
  }
  ids.resize(kept);
}

constexpr MapField<GuardSubjects> subject_fields[] = {
    {"uid", [](const PolicyInput& input, NodeId node,
               GuardSubjects& subjects) { read_ids(input, node, "uid", subjects.uids); }},
    {"gid", [](const PolicyInput& input, NodeId node,
               GuardSubjects& subjects) { read_ids(input, node, "gid", subjects.gids); }},
};

void read_subjects(const PolicyInput& input, NodeId node, GuardSubjects& subjects) {
  if (!read_fields<GuardSubjects>(input, node, "`subjects`", subject_fields, subjects)) return;
  if (input.tree.first(node) == no_node)
    input.error(node, "subjects: neither `uid` nor `gid` is here", "such as {uid: 1000-59999}");
  join(subjects.uids);
  join(subjects.gids);
}

constexpr MapField<GuardEntry> fields[] = {
    {"to", [](const PolicyInput& input, NodeId node, GuardEntry& entry) { read_places(input, node, "to", entry.to); }},
    {"ports",
     [](const PolicyInput& input, NodeId node, GuardEntry& entry) {
       read_services(input, node, entry.services);
       if (input.tree.kind(node) == NodeKind::list && input.tree.first(node) == no_node)
         input.error(node, "ports: an empty list is about nothing", "leave the key out for every protocol and port");
     }},
    {"subjects",
     [](const PolicyInput& input, NodeId node, GuardEntry& entry) { read_subjects(input, node, entry.subjects); }},
    {"reason", [](const PolicyInput& input, NodeId node,
                  GuardEntry& entry) { entry.reason = input.text(node, "reason").value_or(""); }},
    {"except", [](const PolicyInput& input, NodeId node,
                  GuardEntry& entry) { read_places(input, node, "except", entry.except); }},
};
constexpr std::span<const MapField<GuardEntry>> never_fields = fields;
constexpr std::span<const MapField<GuardEntry>> allow_fields = never_fields.first(std::size(fields) - 1);

std::vector<GuardEntry> read_entries(const PolicyInput& input, NodeId node, std::string_view key,
                                     std::span<const MapField<GuardEntry>> known) {
  std::vector<GuardEntry> entries;
  const std::string what = fmt::format("an entry of `{}`", key);
  input.each(node, fmt::format("a list for `{}`", key), [&](NodeId element) {
    GuardEntry entry;
    entry.where = input.where(element);
    if (!read_fields<GuardEntry>(input, element, what, known, entry)) return;
    if (input.tree.find(element, "to") == no_node)
      input.error(element, fmt::format("{} has no `to`", what), "a name, an address or a prefix; any for everything");
    entries.push_back(std::move(entry));
  });
  return entries;
}

constexpr MapField<Guard> guard_fields[] = {
    {"egressc-guard",
     [](const PolicyInput& input, NodeId node, Guard&) {
       const auto version = input.text(node, "egressc-guard");
       if (version && *version != "1")
         input.error(node, fmt::format("version {} of the format is not known to this program", printable(*version)),
                     "egressc-guard: 1");
     }},
    {"subjects",
     [](const PolicyInput& input, NodeId node, Guard& guard) { read_subjects(input, node, guard.subjects); }},
    {"allow",
     [](const PolicyInput& input, NodeId node, Guard& guard) {
       guard.allow = read_entries(input, node, "allow", allow_fields);
       guard.allow_where = input.where(node - 1);  // its key
       if (input.tree.kind(node) == NodeKind::list && input.tree.first(node) == no_node)
         input.error(node, "allow: an empty list would allow nothing",
                     "leave the key out to allow everything; never: [{to: any}] forbids everything");
     }},
    {"never", [](const PolicyInput& input, NodeId node,
                 Guard& guard) { guard.never = read_entries(input, node, "never", never_fields); }},
};

Guard read_root(const PolicyInput& input) {
  Guard guard;
  if (input.tree.kind(0) == NodeKind::map && input.tree.find(0, "egressc-guard") == no_node) {
    input.error(0, "this does not say that it is a guard, nor of which version", "it begins with \"egressc-guard: 1\"");
    return guard;
  }
  if (!read_fields<Guard>(input, 0, "a guard", guard_fields, guard)) return guard;
  if (input.tree.find(0, "allow") == no_node && guard.never.empty())
    input.error(0, "this guard limits nothing: it has neither `allow` nor an entry of `never`",
                "such as never: [{to: metadata}]");
  return guard;
}

}  // namespace

std::optional<Guard> read_guard(std::string_view text, const std::string& file, const UserIds* users,
                                Diagnostics& diagnostics) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  Complaints complaints(text, file, diagnostics);
  const auto tree = read_document(text, complaints);
  if (!tree) return std::nullopt;
  Guard guard = read_root({*tree, complaints, users});
  if (complaints.any()) return std::nullopt;
  return guard;
}

}  // namespace egressc
