// Policy to ruleset, in passes that can each be looked at.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"
#include "egressc/ruleset.h"
#include "egressc/time.h"

namespace egressc {

struct Policy;

struct LowerOptions {
  std::string version;
  std::optional<CivilDate> today;  // grants whose `expires` lies before it are left out, and the header says so
  std::string dump_after = {};     // name of a pass, or ""
  std::string tag = {};            // of Ruleset
};

struct Lowered {
  Ruleset ruleset;
  std::string dump;  // what the pass `dump_after` left, as text for a person
};

// Names of the passes in the order they run, for --dump-after.
std::span<const std::string_view> lowering_passes();

// The policy must be normalized and valid. nullopt exactly if errors were added.
std::optional<Lowered> lower_policy(const Policy& policy, const LowerOptions& options, Diagnostics& diagnostics);

}  // namespace egressc
