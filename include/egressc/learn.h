// From observations to a policy, and to the list of attempts that it was learnt from.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "egressc/learn_options.h"
#include "egressc/policy.h"

namespace egressc {

// What is learnt, and what became of the rest.
struct Learnt {
  Policy policy;
  LearnSummary summary;
};

// The same observations in any order give the same policy. Warnings (times that do not overlap, assumed protocols) go
// to `diagnostics`.
Learnt learn_policy(std::span<const Observations> inputs, const LearnOptions& options, Diagnostics& diagnostics);

// Makes one grant to "*.parent" of grants to `least` or more names right below a parent, which have the same services,
// are pinned and neither expire nor have a comment. The parent is no public suffix and not on the table of domains that
// many share (egressc/name.h), and has two labels or more. The flows stay the same: a pinned wildcard means the
// addresses of its names. Names stay as they are where `is_permitted` (empty: all are) says no to their wildcard.
// Sorted by subject and pattern.
std::vector<Generalized> generalize(Policy& policy, std::size_t least,
                                    const std::function<bool(const Subject&, const Grant&)>& is_permitted = {});

}  // namespace egressc
