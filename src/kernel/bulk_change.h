// change_ruleset() for rulesets that are mostly elements of sets: libnftables takes several times as long as the kernel
// does over those, and keeps a kilobyte of memory for each.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "egressc/kernel.h"
#include "egressc/result.h"
#include "kernel/nft.h"

namespace egressc::kernel {

// libnftables translates what take_apart() leaves, and the elements are added to that: one transaction, which the
// kernel itself refuses if the generation is another one. nullopt where nothing is changed and libnftables has to do it
// all, if only to say what is wrong: the text is none of those, it is refused, or less than `at_least` would be saved:
// its elements, without as many as take the time that is lost on the rest. A Failure where it is not known whether the
// ruleset has changed.
Result<std::optional<Change>> change_in_bulk(std::string_view text, const std::optional<Commit>& commit,
                                             std::ptrdiff_t at_least);

}  // namespace egressc::kernel
