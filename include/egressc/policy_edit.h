// A policy file that is changed in place: what does not change stays as a person wrote it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "egressc/policy.h"

namespace egressc {

// As read_policy(), but in the order of the file and with equal grants apart: normalize() makes of it what
// read_policy() gives.
std::optional<Policy> read_policy_as_written(std::string_view text, const std::string& file, const UserIds* users,
                                             Diagnostics& diagnostics);

// The text with the difference between `before`, which is what read_policy_as_written() made of it, and `after`.
// Entries of both are the same if they have the same place (`where`); entries and subjects without a place are added
// behind the others. What may differ: evidence that grew, addresses and `new_addresses` that were added, entries that
// went from `allow` to `review` of their subject or back, entries and subjects that were added. Comments, blank lines,
// quotes and the order of everything stay; JSON is written anew.
std::string edit_policy(std::string_view text, const Policy& before, const Policy& after);

// Whether a policy file is JSON.
bool is_json(std::string_view text);

}  // namespace egressc
