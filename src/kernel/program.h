// Programs of the system: found where the system keeps them, run without a shell and without our environment.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "kernel/child.h"

namespace egressc::kernel {

// The absolute path, in /usr/sbin, /sbin, /usr/bin or /bin; nullopt if it is in none of them.
std::optional<std::string> find_program(std::string_view name);

// Runs `path` in the calling thread's namespaces, with `input` as its standard input.
Result<Finished> run_program(const std::string& path, const std::vector<std::string>& arguments, std::string_view input,
                             const Limits& limits = {});

}  // namespace egressc::kernel
