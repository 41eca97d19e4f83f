// libnftables, which prints to stderr and ends the process where it cannot go on, so that it lives in child processes
// alone; and what is asked of nf_tables without it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "kernel/kernel.h"
#include "model/values/nft_table.h"
#include "support/descriptor.h"

namespace egressc::kernel {

// The ruleset of the calling thread's network namespace, as Listing::nftables_json.
Result<std::string> list_ruleset();

// One table of it as nftables text, without the values of counters. A Failure if there is no such table.
Result<std::string> list_table(Family family, std::string_view table);

// The table inet egressc of it, with counters and the time that is left to elements; "" if there is none. As text, or
// as JSON with handles.
Result<std::string> list_own_table(bool json);

// The messages of a transaction, without its beginning and end.
struct Messages {
  std::string rules;      // all but
  std::string elements;   // those of large sets, which follow: in the end
  std::size_t count = 0;  // of the elements in `elements`
};

// As libnftables 1.0.6 encodes the same text, so that nft(8) lists it the same. nullopt where it would refuse it: a
// name or a comment is too long.
std::optional<Messages> encode(const NftChange& change);

// What a change is to do unless it goes all the way but for the commit: change the ruleset if it is of this generation
// (nullopt: of any).
struct Commit {
  std::optional<std::uint32_t> generation;
  int link = -1;  // Kernel::commit()
};

// The change of the calling thread's ruleset. What egressc made is sent as it is; it is text that libnftables loads
// only where the kernel refuses that, which is for libnftables to explain.
Result<Change> change_ruleset(const RulesetChange& change, const std::string& file, const std::optional<Commit>& commit,
                              Tried tried = Tried::all);

// In one transaction, which the kernel itself refuses if the generation is another one. nullopt where nothing is
// changed and libnftables has to do it, if only to say what is wrong. A Failure where it is not known whether the
// ruleset has changed.
Result<std::optional<Change>> change_by_messages(const Messages& messages, const std::optional<Commit>& commit);
Result<Change> change_by_libnftables(std::string_view text, const std::string& file, std::optional<Commit> commit);

// The names in nft's text that may be those of links: quoted ones, and words behind iif, oif and device.
std::vector<std::string> links_named(std::string_view nft_text);
// In the calling thread's network namespace, where there is none of that name. What is not to be had is left out:
// libnftables says what it lacks.
void add_links(const std::vector<std::string>& names);

// Loads text into a private network namespace, where there is every link that it names, and lists that.
Result<Trial> load_and_list(std::string_view text, const std::string& file);

// Loads text into the calling thread's network namespace, and lists nothing.
Result<Trial> load_nftables(std::string_view text, const std::string& file);

// The table inet egressc, and who else changes the ruleset: of the calling thread's network namespace.
Result<OwnTable> find_own_table();
Result<std::unique_ptr<RulesetWatch>> watch_ruleset();

}  // namespace egressc::kernel
