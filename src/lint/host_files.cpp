// What files of the host say that the policy does not.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "egressc/observation.h"
#include "lint/checks.h"

namespace egressc::lint {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::optional<std::uint32_t> parse_id(std::string_view text) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

struct Delegation {
  std::uint32_t uid = 0;
  IdRange ids;
};

// A line "user:first:count" of subuid(5).
std::optional<Delegation> parse_delegation(std::string_view line, const UserIds& users) {
  const std::size_t first = line.find(':');
  const std::size_t second = first == line.npos ? first : line.find(':', first + 1);
  if (second == line.npos) return std::nullopt;
  const std::string_view user = line.substr(0, first);
  const auto named = users.find(user);
  const auto uid = named != users.end() ? std::optional(named->second) : parse_id(user);
  const auto start = parse_id(line.substr(first + 1, second - first - 1));
  const auto count = parse_id(line.substr(second + 1));
  if (!uid || !start || !count || *count == 0 || std::uint64_t{*start} + *count > no_id) return std::nullopt;
  return Delegation{*uid, {*start, *start + *count - 1}};
}

}  // namespace

void check_subordinate_ids(const Policy& policy, const std::string& subuid, const UserIds& users, Findings& findings) {
  if (policy.scope == Scope::host) return;  // there, who is no subject reaches nothing
  struct Holder {
    std::uint32_t last;
    const Subject* subject;
  };
  std::map<std::uint32_t, Holder> holders;  // by the first uid of a range; ranges are disjoint
  for (const Subject& subject : policy.subjects)
    for (const IdRange& range : subject.uids) holders.insert_or_assign(range.first, Holder{range.last, &subject});
  const auto holder_of = [&](std::uint32_t uid) -> const Holder* {
    const auto after = holders.upper_bound(uid);
    if (after == holders.begin()) return nullptr;
    const Holder& holder = std::prev(after)->second;
    return holder.last >= uid ? &holder : nullptr;
  };
  for (std::string_view text = subuid; !text.empty();) {
    const auto delegation = parse_delegation(take_line(text), users);
    if (!delegation) continue;
    const Holder* user = holder_of(delegation->uid);
    if (user == nullptr) continue;
    const Holder* ids = holder_of(delegation->ids.first);
    if (ids != nullptr && ids->subject == user->subject && ids->last >= delegation->ids.last) continue;
    findings.add("subordinate-ids", user->subject->where, user->subject,
                 fmt::format("uid {} may run programs as {} to {} in user namespaces (/etc/subuid), and these are not "
                             "governed with it",
                             delegation->uid, delegation->ids.first, delegation->ids.last),
                 fmt::format("add {}-{} to its `uid`, or take the line out of /etc/subuid", delegation->ids.first,
                             delegation->ids.last));
  }
}

void check_resolv_conf(const Policy& policy, const std::string& resolv_conf, Findings& findings) {
  for (std::string_view text = resolv_conf; !text.empty();) {
    std::string_view line = take_line(text);
    constexpr std::string_view key = "nameserver";
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == line.npos || first == 0) continue;
    line.remove_prefix(first);
    const auto address = parse_address(line.substr(0, line.find_first_of(" \t\r#;")));
    if (!address || std::binary_search(policy.resolvers.begin(), policy.resolvers.end(), *address)) continue;
    findings.add("resolver-mismatch",
                 fmt::format("this host asks {} for names (/etc/resolv.conf), which is none of `resolvers`",
                             to_string(*address)),
                 fmt::format("resolvers: [{}{}{}]", address->family == Family::ipv6 ? "\"" : "", to_string(*address),
                             address->family == Family::ipv6 ? "\"" : ""));
  }
}

}  // namespace egressc::lint
