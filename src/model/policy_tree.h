// A policy as the document it is written as.
#pragma once

#include "egressc/policy.h"
#include "egressc/tree.h"

namespace egressc {

enum class Detail : std::uint8_t {
  everything,
  meaning,  // no evidence, review and comments; names in lower case
};

Tree policy_tree(const Policy& policy, Detail detail);

}  // namespace egressc
