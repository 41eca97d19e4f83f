#include "intake/extending.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "intake/guards.h"
#include "intake/policy_file.h"
#include "model/words/words.h"

namespace egressc::intake {
namespace {

constexpr std::size_t largest_status = std::size_t{64} << 20;

bool governs(const Subject& subject, std::uint32_t uid, std::uint32_t gid) {
  return (subject.uids.empty() || contains(subject.uids, uid)) &&
         (subject.gids.empty() || gid == no_id || contains(subject.gids, gid));
}

// For the policy's scope, by group where its subjects tell groups apart and, unless the command line says whom, for its
// subjects alone where it leaves everybody else alone. They refer to the policy.
LearnOptions learn_options_for(const Policy& base, LearnOptions options) {
  options.scope = base.scope;
  options.include_denied = false;
  const bool everybody = base.scope == Scope::host || !options.uids.empty() || !options.gids.empty();
  bool tells_groups = false;
  for (const Subject& subject : base.subjects) {
    tells_groups = tells_groups || !subject.gids.empty();
    if (everybody) continue;
    options.uids.insert(options.uids.end(), subject.uids.begin(), subject.uids.end());
    if (subject.uids.empty()) options.gids.insert(options.gids.end(), subject.gids.begin(), subject.gids.end());
  }
  if (tells_groups && options.gids.empty()) options.gids = {every_id};
  if (base.mode == Mode::enforce)
    options.is_enforced = [&base](std::uint32_t uid, std::uint32_t gid) {
      return base.scope == Scope::host ||
             std::any_of(base.subjects.begin(), base.subjects.end(),
                         [&](const Subject& subject) { return governs(subject, uid, gid); });
    };
  return options;
}

Result<std::optional<GrantCounters>> read_usage(const std::string& path, Diagnostics& diagnostics) {
  const auto text = read_text(path, largest_status);
  if (!text) return text.failure();
  return read_grant_counters(*text, path, diagnostics);
}

std::string destination(const Grant& grant) {
  std::string text = destination_text(grant, " or ");
  for (const Service& service : grant.services) text += ' ' + to_string(service);
  return text;
}

void tell(const std::vector<Pruned>& pruned, Diagnostics& diagnostics) {
  for (const Pruned& each : pruned)
    diagnostics.note(each.grant.where,
                     fmt::format("{}: {} was last seen {}: it goes to `review`, as unused", each.subject,
                                 destination(each.grant), to_string_utc(each.grant.evidence.last)));
}

bool says(const std::string& text, const std::string& name, const UserIds* users, const Policy& policy) {
  Diagnostics diagnostics;
  const auto again = read_policy(text, name, users, diagnostics);
  return again && write_policy_json(*again) == write_policy_json(policy);
}

}  // namespace
}  // namespace egressc::intake

namespace egressc {

Result<std::optional<ExtendedPolicy>> extend_policy_file(std::span<const std::string> words,
                                                         const InputContext& context, const ExtendingOptions& extending,
                                                         Diagnostics& diagnostics) {
  using namespace intake;
  const InputOptions& options = context.options;
  const UserIds* users = context.known_users();
  const auto file = read_policy_file(extending.base, users, diagnostics);
  if (!file) return file.failure();
  std::optional<GrantCounters> counters;
  if (!extending.usage.empty()) {
    auto read = read_usage(extending.usage, diagnostics);
    if (!read) return read.failure();
    counters = std::move(*read);
  }
  if (*file) refuse_excess((*file)->policy, context.ceiling, diagnostics);
  if (!*file || diagnostics.has_errors()) return std::optional<ExtendedPolicy>();
  const auto base = read_policy_as_written((*file)->text, (*file)->name, users, diagnostics);

  InputContext reading = context;
  reading.options.learn = learn_options_for(*base, options.learn);
  ExtendedPolicy result;
  Policy learnt;
  if (!words.empty()) {
    auto inputs = read_inputs(words, reading, diagnostics);
    if (!inputs) return inputs.failure();
    if (*inputs && !(*inputs)->policies.empty())
      diagnostics.error({}, "--base extends one policy by logs, and here is another policy",
                        "egressc compile --to policy -o one.yaml POLICY... makes one of several");
    if (diagnostics.has_errors()) return std::optional<ExtendedPolicy>();
    result.input.logs = std::move((*inputs)->logs);
    learnt = learn_within(reading.options.learn, context, result.input, diagnostics);
  }

  Extended extended =
      extend_policy(*base, learnt, {options.learn.include_denied, extending.accept, !options.learn.gids.empty()});
  if (extending.prune) {
    const Micros now = options.now ? *options.now : system_now();
    const auto pruned = prune(extended, now - *extending.prune, counters ? &*counters : nullptr);
    tell(pruned, diagnostics);
    result.pruned = pruned.size();
  }
  result.text = edit_policy((*file)->text, *base, extended.policy);
  result.json = is_json((*file)->text);
  result.summary = extended.summary;
  result.input.policy = std::move(extended.policy);
  normalize(result.input.policy);
  validate(result.input.policy, diagnostics);
  tell_unlimited(result.input.policy, context.ceiling, diagnostics);
  if (diagnostics.has_errors()) return std::optional<ExtendedPolicy>();
  result.holds = says(result.text, (*file)->name, users, result.input.policy);
  result.input.today = today_for(result.input.policy, options.now);
  return std::optional(std::move(result));
}

std::string describe_extension(const ExtendedPolicy& extended) {
  const ExtendSummary& summary = extended.summary;
  const Counted parts[] = {
      {summary.subjects, summary.subjects == 1 ? "new subject" : "new subjects"},
      {summary.grants, summary.grants == 1 ? "new grant" : "new grants"},
      {summary.accepted, "accepted from review"},
      {summary.grown, "with new addresses"},
      {summary.review, "new in review"},
      {extended.pruned, "unused"},
      {summary.known, "granted already"},
      {summary.undecided, "in review already"},
      {summary.denied, "denied and not proposed"},
  };
  const std::string text = counts_text(parts);
  return fmt::format("extended: {}\n", text.empty() ? "nothing is new" : text);
}

}  // namespace egressc
