// What libnftables, iptables-restore and ferm say of a ruleset that they refuse, as diagnostics of its text.
#pragma once

#include <string>
#include <string_view>

#include "egressc/diagnostics.h"
#include "kernel/kernel.h"

namespace egressc::kernel {

// Whether there is a NUL byte in `text`; it is an error then. What follows it would be left out in silence.
bool refuse_nul(std::string_view text, const std::string& file, Diagnostics& diagnostics);

// refused or too_large. `errors` is of libnftables, for `text` as /dev/stdin.
TrialOutcome explain_nft_errors(std::string_view errors, std::string_view text, const std::string& file,
                                Diagnostics& diagnostics);

// `errors` is what a program printed that ended with `status`. A line number in it is a line of `text`; with an empty
// `text` it is none of the file.
void explain_program_errors(std::string_view program, int status, std::string_view errors, std::string_view text,
                            const std::string& file, Diagnostics& diagnostics);

}  // namespace egressc::kernel
