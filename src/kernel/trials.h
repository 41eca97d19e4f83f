// Rulesets of the xtables dialects, loaded in a network namespace of their own, or in that of the calling thread.
#pragma once

#include <string>
#include <string_view>

#include "egressc/address.h"
#include "kernel/kernel.h"
#include "egressc/diagnostics.h"

namespace egressc::kernel {

// As the functions of Kernel.
Result<Trial> try_iptables(std::string_view text, Family family, const std::string& file, std::string_view sets);
Result<Trial> try_ferm(std::string_view text, const std::string& file, std::string_view sets);
Result<Trial> expand_ferm(std::string_view text, const std::string& file);

// As the first two, but in the calling thread's network namespace.
Result<Trial> load_iptables(std::string_view text, Family family, const std::string& file, std::string_view sets);
Result<Trial> load_ferm(std::string_view text, const std::string& file, std::string_view sets);

}  // namespace egressc::kernel
