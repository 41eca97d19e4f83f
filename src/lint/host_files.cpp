// What files of the host say that the policy does not.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>

#include "egressc/policy.h"
#include "lint/checks.h"
#include "model/words/text.h"

namespace egressc::lint {
namespace {

struct Delegation {
  std::uint32_t uid = 0;
  IdRange ids;
};

// A line "user:first:count" of subuid(5).
std::optional<Delegation> parse_delegation(std::string_view line, const UserIds& users) {
  const std::string_view user = take_until(line, ':');
  const auto named = users.find(user);
  const auto uid = named != users.end() ? std::optional(named->second) : parse_number<std::uint32_t>(user);
  const auto start = parse_number<std::uint32_t>(take_until(line, ':'));
  const auto count = parse_number<std::uint32_t>(line);
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
    if (line.find_first_not_of(" \t") == 0) continue;
    const std::string_view word = next_word(line);
    const auto address = parse_address(word.substr(0, word.find_first_of("\r#;")));
    if (!address || std::binary_search(policy.resolvers.begin(), policy.resolvers.end(), *address)) continue;
    findings.add("resolver-mismatch",
                 fmt::format("this host asks {} for names (/etc/resolv.conf), which is none of `resolvers`",
                             to_string(*address)),
                 fmt::format("resolvers: [{}{}{}]", address->family == Family::ipv6 ? "\"" : "", to_string(*address),
                             address->family == Family::ipv6 ? "\"" : ""));
  }
}

}  // namespace egressc::lint
