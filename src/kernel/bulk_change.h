// Changes by rulesets that are mostly elements of sets: libnftables takes several times as long as the kernel does over
// those, and keeps a kilobyte of memory for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/kernel.h"
#include "egressc/diagnostics.h"

namespace egressc::kernel {

// What a change is to do: go all the way but for the commit, or change the ruleset if it is of this generation
// (nullopt: of any).
struct Commit {
  std::optional<std::uint32_t> generation;
  int link = -1;  // Kernel::commit()
};

// The messages of a transaction, without its beginning and end.
struct Batch {
  std::string removals;  // of what was there before
  std::string skeleton;  // what libnftables makes of all but the elements
  std::string elements;  // and what is taken out afterwards
};

// nullopt where libnftables has to do it all, if only to say what is wrong: the text is none of those, or less than
// `at_least` would be saved: its elements, without as many as take the time that is lost on the rest.
std::optional<Batch> batch_in_bulk(std::string_view text, std::ptrdiff_t at_least = 5000);

// One transaction, which the kernel itself refuses if the generation is another one. nullopt where nothing is changed
// and libnftables has to do it. A Failure where it is not known whether the ruleset has changed.
Result<std::optional<Change>> send_in_bulk(const Batch& batch, const std::optional<Commit>& commit);

}  // namespace egressc::kernel
