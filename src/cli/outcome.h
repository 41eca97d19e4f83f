// How a command ends: what it prints, and its exit status.
#pragma once

#include <string>

#include "cli/exit_status.h"
#include "egressc/diagnostics.h"
#include "support/terminal.h"

namespace egressc {

// Diagnostics on standard error.
void render(const Diagnostics& diagnostics, ColorMode color);

// "egressc: MESSAGE" on standard error. Returns `status`.
int fail(const Failure& failure, int status);

// `text` on standard output. Returns `status`, or system_refused where it cannot be written.
int print(const std::string& text, int status = exit_status::done);

}  // namespace egressc
