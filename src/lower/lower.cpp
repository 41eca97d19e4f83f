#include "egressc/lower.h"

#include <fmt/core.h>

#include <array>

#include "egressc/policy.h"
#include "lower/passes.h"

namespace egressc {
namespace {

struct Pass {
  std::string_view name;
  bool (*run)(lowering::Work&, Diagnostics&);
};

constexpr std::array passes = {
    Pass{"expand", lowering::expand},
    Pass{"split", lowering::split},
    Pass{"disjoint", lowering::disjoint},
    Pass{"group", lowering::group},
};

constexpr auto names = [] {
  std::array<std::string_view, passes.size()> all;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = passes[i].name;
  return all;
}();

std::string note(const lowering::Work& work) {
  if (work.expired == 0) return {};
  return fmt::format("{} {} left out, expired before {}", work.expired, work.expired == 1 ? "grant" : "grants",
                     to_string(*work.options.today));
}

}  // namespace

std::span<const std::string_view> lowering_passes() { return names; }

std::optional<Lowered> lower_policy(const Policy& policy, const LowerOptions& options, Diagnostics& diagnostics) {
  lowering::Work work{policy, options, 0, {}, {}};
  Lowered lowered;
  for (const Pass& pass : passes) {
    if (!pass.run(work, diagnostics)) return std::nullopt;
    if (pass.name == options.dump_after) lowered.dump = lowering::dump(work);
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
