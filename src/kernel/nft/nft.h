// libnftables, which prints to stderr and ends the process where it cannot go on, so that it lives in child processes
// alone; and what is asked of nf_tables without it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "kernel/kernel.h"
#include "kernel/nft/bulk.h"
#include "support/descriptor.h"

namespace egressc::kernel {

// The ruleset of the calling thread's network namespace, as Listing::nftables_json.
Result<std::string> list_ruleset();

// One table of it as nftables text, without the values of counters. A Failure if there is no such table.
Result<std::string> list_table(Family family, std::string_view table);

// The table inet egressc of it, with counters and the time that is left to elements; "" if there is none. As text, or
// as JSON with handles.
Result<std::string> list_own_table(bool json);

// The change of the calling thread's ruleset by `text`, which is `batch` as well, if there is one: then, unless the
// kernel refuses that, no process is needed. text and file have to outlive it.
std::function<Result<Change>()> ready_change(std::string_view text, const std::string& file,
                                             std::optional<Commit> commit, std::optional<Batch> batch);

// The messages of the transaction that loads `text`, which replaces the table inet egressc, without its begin and end.
// nullopt: it is not certain. It is tried in a private network namespace.
std::optional<std::string> messages_of(std::string_view text);

// Loads text into a private network namespace, and lists that.
Result<Trial> load_and_list(std::string_view text, const std::string& file);

// Loads text into the calling thread's network namespace, and lists nothing.
Result<Trial> load_nftables(std::string_view text, const std::string& file);

// The table inet egressc, and who else changes the ruleset: of the calling thread's network namespace.
Result<OwnTable> find_own_table();
Result<std::unique_ptr<RulesetWatch>> watch_ruleset();

}  // namespace egressc::kernel
