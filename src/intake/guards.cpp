#include "intake/guards.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "egressc/policy.h"
#include "model/words/words.h"
#include "support/input.h"

namespace egressc::intake {
namespace {

constexpr std::size_t largest_guard = std::size_t{64} << 20;
constexpr std::size_t most_shown = 10;
constexpr std::size_t most_errors = 100;

// A link that leads nowhere is there: a guard that cannot be read must not be passed over.
bool is_there(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::symlink_status(path, unknown).type() != std::filesystem::file_type::not_found;
}

void refuse(const Excess& excess, Diagnostics& diagnostics) {
  const bool is_resolver = excess.grant == nullptr;
  diagnostics.error(
      is_resolver ? Location{} : excess.grant->where,
      fmt::format("{}: {} is beyond the guard ({})", excess.subject->label, excess.what, excess.objection),
      is_resolver ? "let the guard allow port 53 of it, or name another resolver"
                  : "take it out of the policy; only a change of the guard could allow it");
  diagnostics.note(excess.guard, excess.is_never ? "this is what forbids it" : "nothing in this list holds it");
}

Location file_of(const Guard& guard) {
  if (guard.allow) return {guard.allow_where.file, 0, 0};
  return {guard.never.empty() ? std::string() : guard.never.front().where.file, 0, 0};
}

void warn_of_live_names(const Policy& policy, const Ceiling& ceiling, Diagnostics& diagnostics) {
  const auto forbids_addresses = [](const GuardEntry& entry) {
    return std::any_of(entry.to.prefixes.begin(), entry.to.prefixes.end(),
                       [](const Prefix& prefix) { return prefix.length != 0; });
  };
  if (std::none_of(ceiling.guards().begin(), ceiling.guards().end(), [&](const Guard& guard) {
        return std::any_of(guard.never.begin(), guard.never.end(), forbids_addresses);
      }))
    return;
  std::size_t count = 0;
  const Grant* first = nullptr;
  for (const Subject& subject : policy.subjects)
    for (const Grant& grant : subject.allow)
      if (grant.live && count++ == 0) first = &grant;
  if (count == 0) return;
  diagnostics.warning(first->where,
                      fmt::format("{} live name(s) follow DNS: the addresses that the guard forbids are kept out of "
                                  "what they mean now, not of what they will",
                                  count),
                      "let the resolver drop such answers (dnsmasq: stop-dns-rebind)");
}

}  // namespace
}  // namespace egressc::intake

namespace egressc {

Result<std::optional<Ceiling>> read_guards(const GuardOptions& options, const UserIds* users,
                                           Diagnostics& diagnostics) {
  if (diagnostics.has_errors()) return std::optional<Ceiling>();
  std::vector<std::string> files = options.files;
  const bool is_system_guarded = !options.system.empty() && intake::is_there(options.system);
  if (is_system_guarded) files.push_back(options.system);
  std::vector<std::string> texts;
  for (const std::string& file : files) {
    auto text = read_text(file, intake::largest_guard);
    if (!text) return text.failure();
    texts.push_back(std::move(*text));
  }
  if (is_system_guarded)
    diagnostics.note({options.system, 0, 0}, "the guard of this system holds", "--no-system-guard leaves it out");
  std::vector<Guard> guards;
  for (std::size_t i = 0; i < files.size(); ++i)
    if (auto guard = read_guard(texts[i], files[i], users, diagnostics)) guards.push_back(std::move(*guard));
  if (guards.size() != files.size()) return std::optional<Ceiling>();
  return std::optional(Ceiling(std::move(guards)));
}

void refuse_excess(const Policy& policy, const Ceiling& ceiling, Diagnostics& diagnostics) {
  if (ceiling.empty()) return;
  std::size_t count = 0;
  for (const Excess& excess : excess_of(policy, ceiling)) {
    if (excess.grant != nullptr && excess.grant->where.file.empty()) continue;
    if (++count <= intake::most_errors) intake::refuse(excess, diagnostics);
  }
  if (count > intake::most_errors)
    diagnostics.error({}, fmt::format("{} more grants are beyond the guard", count - intake::most_errors));
  if (count == 0) intake::warn_of_live_names(policy, ceiling, diagnostics);
}

void tell_unlimited(const Policy& policy, const Ceiling& ceiling, Diagnostics& diagnostics) {
  if (ceiling.empty()) return;
  constexpr const char* hint = "name their users in the guard, or leave `subjects` out: then it limits everybody";
  std::vector<std::string> all;
  std::vector<std::string> free;
  for (const Subject& subject : policy.subjects) {
    if (subject.allow.empty()) continue;
    all.push_back(subject.label);
    if (!limits(ceiling, subject)) free.push_back(subject.label);
  }
  if (all.empty()) return;
  std::size_t idle = 0;
  for (const Guard& guard : ceiling.guards()) {
    // Who has no grants may have lost them to the guard.
    if (std::any_of(policy.subjects.begin(), policy.subjects.end(),
                    [&](const Subject& subject) { return limits(guard, subject); }))
      continue;
    ++idle;
    diagnostics.warning(
        intake::file_of(guard),
        fmt::format("the guard limits nobody here: it is not about {}", first_of(all, intake::most_shown)), hint);
  }
  if (!free.empty() && idle != ceiling.guards().size())
    diagnostics.note(
        {}, fmt::format("the guard does not limit {}: it is about other users", first_of(free, intake::most_shown)),
        hint);
}

std::vector<Finding> guard_findings(const Policy& policy, const std::string& file, const Ceiling& ceiling) {
  std::vector<Finding> findings;
  for (const Excess& excess : excess_of(policy, ceiling)) {
    const Location at = excess.grant != nullptr ? excess.grant->where : Location{file, 0, 0};
    findings.push_back(
        {"guard", Severity::error, at, excess.subject->label,
         fmt::format("{} is beyond {}:{} ({})", excess.what, excess.guard.file, excess.guard.line, excess.objection),
         "take it out: compile and apply refuse the policy under this guard", 1});
  }
  return findings;
}

std::string beyond_guard(const Policy& policy, const Ceiling& ceiling) {
  if (ceiling.empty()) return {};
  const auto boxes = within_flow_limit([&] { return flows_beyond(policy, ceiling.guards()).boxes(); });
  if (!boxes) return "the flows of this policy do not fit into memory: they cannot be compared with the guard\n";
  std::string text;
  for (std::size_t i = 0; i < std::min(boxes->size(), intake::most_shown); ++i)
    text += fmt::format("  {}\n", to_string((*boxes)[i]));
  if (boxes->size() > intake::most_shown) text += fmt::format(" {}\n", and_more(boxes->size() - intake::most_shown));
  return text;
}

}  // namespace egressc
