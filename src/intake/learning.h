// Logs to a policy, within the guards.
#pragma once

#include "cli/input_options.h"
#include "intake/input_policy.h"

namespace egressc {

// The policy that `input.logs` show, with `learning` in the place of `options.learn`, cut() to the ceiling. Of `input`,
// `learnt`, `cut` and `generalized` are filled in.
Policy learn_within(const LearnOptions& learning, const InputOptions& options, InputPolicy& input,
                    Diagnostics& diagnostics);

}  // namespace egressc
