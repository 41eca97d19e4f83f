// libnftables. It prints to stderr and ends the process where it cannot go on, so it lives in child processes alone.
#pragma once

#include <string>
#include <string_view>

#include "egressc/address.h"
#include "egressc/kernel.h"
#include "egressc/result.h"

namespace egressc::kernel {

// The ruleset of the calling thread's network namespace, as Listing::nftables_json.
Result<std::string> list_ruleset();

// One table of it as nftables text, without the values of counters. A Failure if there is no such table.
Result<std::string> list_table(Family family, std::string_view table);

// Loads text into a private network namespace, and lists that.
Result<Trial> load_and_list(std::string_view text, const std::string& file);

// Loads text into the calling thread's network namespace, and lists nothing.
Result<Trial> load_nftables(std::string_view text, const std::string& file);

}  // namespace egressc::kernel
