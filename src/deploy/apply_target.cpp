#include "deploy/apply_target.h"

#include <fmt/core.h>

#include "cli/outcome.h"
#include "egressc/backends.h"
#include "egressc/lower.h"
#include "intake/operand.h"
#include "prove/dialects.h"
#include "report/summary.h"

namespace egressc {
namespace {

std::vector<LiveSetStart> live_starts(const Ruleset& ruleset) {
  std::vector<LiveSetStart> starts;
  for (const UidGroup& group : ruleset.groups)
    for (const SubjectRules& rules : group.subjects)
      for (const LiveSet& set : rules.live)
        for (const Family family : {Family::ipv4, Family::ipv6}) {
          LiveSetStart start{
              fmt::format("{}_{}", set.identifier, static_cast<int>(family)), family, {}, most_live_addresses};
          for (const Prefix& prefix : set.addresses)
            if (prefix.address.family == family) start.addresses.push_back(prefix);
          starts.push_back(std::move(start));
        }
  return starts;
}

}  // namespace

std::optional<Target> target_of(PolicyFile policy, const std::string& file, std::optional<CivilDate> today,
                                const std::string& tag, Diagnostics& diagnostics) {
  auto lowered = lower_policy(policy.policy, {std::string(version), today, {}, tag}, diagnostics);
  std::vector<PrintedFile> files;
  if (lowered) files = print_dialect("nftables", policy.policy, lowered->ruleset, diagnostics);
  if (files.empty()) return std::nullopt;

  Target target;
  target.text = std::move(files.front().text);
  target.tag = tag;
  target.is_switched = true;
  target.file = policy.name;
  target.ruleset = std::move(lowered->ruleset);
  target.record = {RecordKind::policy, no_time, table_comment(*target.ruleset), file, std::move(policy.text)};
  target.live = live_starts(*target.ruleset);
  target.summary = describe_policy(policy.policy, target.ruleset->policy_hash);
  target.operand = {std::move(policy.name), std::move(policy.policy), today, {}};
  return target;
}

}  // namespace egressc
