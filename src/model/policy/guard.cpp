#include "egressc/guard.h"

#include "egressc/policy.h"
#include "model/policy/forms.h"
#include "model/policy/input.h"
#include "model/values/ranges.h"
#include "model/words/words.h"

namespace egressc::model {
namespace {

constexpr Prefix v4(std::uint32_t address, std::uint8_t length) { return {{Family::ipv4, 0, address}, length}; }
constexpr Prefix v6(std::uint64_t high, std::uint64_t low, std::uint8_t length) {
  return {{Family::ipv6, high, low}, length};
}

constexpr Prefix any[] = {v4(0, 0), v6(0, 0, 0)};
// RFC 1918, RFC 6598 (carriers), RFC 4193 (unique local)
constexpr Prefix private_networks[] = {v4(0x0a000000, 8), v4(0xac100000, 12), v4(0xc0a80000, 16), v4(0x64400000, 10),
                                       v6(0xfc00000000000000, 0, 7)};
constexpr Prefix loopback[] = {v4(0x7f000000, 8), v6(0, 1, 128)};                              // RFC 1122, RFC 4291
constexpr Prefix link_local_prefixes[] = {v4(0xa9fe0000, 16), v6(0xfe80000000000000, 0, 10)};  // RFC 3927, RFC 4291
constexpr Prefix multicast[] = {v4(0xe0000000, 4), v6(0xff00000000000000, 0, 8)};              // RFC 5771, RFC 4291

struct Group {
  std::string_view word;
  std::span<const Prefix> prefixes;
};
constexpr Group place_words[] = {
    {"any", any},
    {"private", private_networks},
    {"loopback", loopback},
    {"link-local", link_local_prefixes},
    {"multicast", multicast},
};

bool add_group(std::string_view word, GuardPlaces& places) {
  if (word == "metadata") {
    for (const Address& address : metadata_addresses()) places.prefixes.push_back(single(address));
    return true;
  }
  for (const Group& group : place_words) {
    if (group.word != word) continue;
    places.prefixes.insert(places.prefixes.end(), group.prefixes.begin(), group.prefixes.end());
    return true;
  }
  return false;
}

void read_one(const PolicyInput& input, NodeId node, std::string_view what, GuardPlaces& places) {
  const auto text = input.text(node, what);
  if (!text || add_group(*text, places)) return;
  if (*text == "*" || *text == "all" || *text == "everything")
    return input.error(node, fmt::format("{}: \"{}\" is no word of a guard", what, *text), "any");
  Grant read;
  read_destination(input, node, read);
  if (read.prefix) places.prefixes.push_back(*read.prefix);
  places.names.insert(places.names.end(), read.names.begin(), read.names.end());
}

// A name, "*.name", an address, a prefix, a word for a group of addresses, or a list of those. `what` is the key.
void read_places(const PolicyInput& input, NodeId node, std::string_view what, GuardPlaces& places) {
  if (input.tree.kind(node) == NodeKind::scalar) {
    read_one(input, node, what, places);
  } else {
    input.each(node, "a name, an address, a prefix, or a list of those",
               [&](NodeId element) { read_one(input, element, what, places); });
    if (input.tree.kind(node) == NodeKind::list && input.tree.first(node) == no_node)
      input.error(node, fmt::format("{}: an empty list is about nothing", what), "list what it is about");
  }
  sort_unique(places.names);
  sort_unique(places.prefixes);
}

constexpr MapField<GuardSubjects> guard_subject_fields[] = {
    {"uid", [](Input input, NodeId node, auto& subjects) { read_ids(input, node, "uid", subjects.uids); }},
    {"gid", [](Input input, NodeId node, auto& subjects) { read_ids(input, node, "gid", subjects.gids); }},
};

void read_subjects(const PolicyInput& input, NodeId node, GuardSubjects& subjects) {
  if (!read_fields<GuardSubjects>(input, node, "`subjects`", guard_subject_fields, subjects)) return;
  if (input.tree.first(node) == no_node)
    input.error(node, "subjects: neither `uid` nor `gid` is here", "such as {uid: 1000-4294967294}");
  join_ranges(subjects.uids);
  join_ranges(subjects.gids);
}

constexpr MapField<GuardEntry> never_fields[] = {
    {"to", [](Input input, NodeId node, auto& entry) { read_places(input, node, "to", entry.to); }},
    {"ports",
     [](Input input, NodeId node, auto& entry) {
       read_services(input, node, entry.services);
       if (input.tree.kind(node) == NodeKind::list && input.tree.first(node) == no_node)
         input.error(node, "ports: an empty list is about nothing", "leave the key out for every protocol and port");
     }},
    {"subjects", [](Input input, NodeId node, auto& entry) { read_subjects(input, node, entry.subjects); }},
    {"reason", [](Input input, NodeId node, auto& entry) { entry.reason = input.text(node, "reason").value_or(""); }},
    {"except", [](Input input, NodeId node, auto& entry) { read_places(input, node, "except", entry.except); }},
};
constexpr std::span<const MapField<GuardEntry>> entry_fields =
    std::span(never_fields).first(std::size(never_fields) - 1);

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
     [](Input input, NodeId node, auto&) {
       const auto version = input.text(node, "egressc-guard");
       if (version && *version != "1")
         input.error(node, fmt::format("version {} of the format is not known to this program", printable(*version)),
                     "egressc-guard: 1");
     }},
    {"subjects", [](Input input, NodeId node, auto& guard) { read_subjects(input, node, guard.subjects); }},
    {"allow",
     [](Input input, NodeId node, auto& guard) {
       guard.allow = read_entries(input, node, "allow", entry_fields);
       guard.allow_where = input.where(node - 1);  // its key
       if (input.tree.kind(node) == NodeKind::list && input.tree.first(node) == no_node)
         input.error(node, "allow: an empty list would allow nothing",
                     "leave the key out to allow everything; never: [{to: any}] forbids everything");
     }},
    {"never",
     [](Input input, NodeId node, auto& guard) { guard.never = read_entries(input, node, "never", never_fields); }},
};

Guard read_guard_root(const PolicyInput& input) {
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
}  // namespace egressc::model

namespace egressc {

std::optional<Guard> read_guard(std::string_view text, const std::string& file, const UserIds* users,
                                Diagnostics& diagnostics) {
  using namespace model;
  text = without_byte_order_mark(text);
  Complaints complaints(text, file, diagnostics);
  const auto tree = read_document(text, complaints);
  if (!tree) return std::nullopt;
  Guard guard = read_guard_root({*tree, complaints, users});
  if (complaints.any()) return std::nullopt;
  return guard;
}

}  // namespace egressc
