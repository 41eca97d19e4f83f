// Changes by rulesets that are mostly elements of sets: libnftables takes several times as long as the kernel does over
// those, and keeps a kilobyte of memory for each.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/kernel.h"
#include "egressc/result.h"
#include "kernel/nft.h"

namespace egressc::kernel {

// A transaction in its parts: its beginning, what is taken out, what libnftables makes of what take_apart() leaves, the
// elements, and, if it is to be committed, its end.
using Batch = std::vector<std::string>;

// nullopt where libnftables has to do it all, if only to say what is wrong: the text is none of those, or less than
// `at_least` would be saved: its elements, without as many as take the time that is lost on the rest.
std::optional<Batch> batch_in_bulk(std::string_view text, const std::optional<Commit>& commit, std::ptrdiff_t at_least);

// One transaction, which the kernel itself refuses if the generation is another one. nullopt where nothing is changed
// and libnftables has to do it. A Failure where it is not known whether the ruleset has changed.
Result<std::optional<Change>> send_in_bulk(const Batch& batch, bool is_commit);

}  // namespace egressc::kernel
