// What a host needs to stay on its network, whoever its subjects are.
#pragma once

#include <algorithm>

#include "egressc/ruleset.h"

namespace egressc {

inline bool has(const Ruleset& ruleset, Baseline word) {
  return std::find(ruleset.baseline.begin(), ruleset.baseline.end(), word) != ruleset.baseline.end();
}

}  // namespace egressc
