// The iptables programs: they alone can read and write what they put into the kernel. All of the functions work in the
// calling thread's network namespace.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "kernel/kernel.h"

namespace egressc::kernel {

struct XtablesPrograms {
  std::string restore;  // absolute paths
  std::string save;
  bool legacy = false;
  std::string version;  // "iptables-nft-restore v1.8.9 (nf_tables)"
};

// Those for nf_tables if they are installed, else what iptables-restore is.
Result<XtablesPrograms> find_xtables(Family family);

// Loads iptables-restore text. False, and an error added, if it is refused; `places` says whether its lines are those
// of `file`.
Result<bool> restore(const XtablesPrograms& programs, std::string_view text, const std::string& file, bool places,
                     Diagnostics& diagnostics);

Result<XtablesListing> save(const XtablesPrograms& programs, Family family);

// Text for ipset-restore, as egressc prints it. False, and an error added, if it is refused.
Result<bool> restore_sets(std::string_view text, Diagnostics& diagnostics);
// Whether rules of iptables-save text ask for sets, or change some.
bool asks_for_sets(std::string_view text);
// What `ipset save` prints.
Result<std::string> save_sets();

// The tables of ip_tables and ip6_tables, for each family that has any. Looking makes the kernel load nothing.
Result<std::vector<XtablesListing>> list_legacy();

// The tables of iptables-nft that its own save program says whole: see Listing::xtables.
Result<std::vector<XtablesListing>> list_nft_owned();

// All that iptables-nft has: xtables_ipv4 in iptables/nft.c.
inline constexpr std::array<std::string_view, 5> xtables_names = {"filter", "nat", "mangle", "raw", "security"};

// A table in what iptables-nft-save printed.
struct SaveSection {
  std::string table;
  std::string text;  // from "*TABLE" to "COMMIT"
};

// What has no COMMIT is left out.
std::vector<SaveSection> save_sections(std::string_view text);

// Two outputs of `nft list table`. The order of chains says nothing, nor does a base chain that has no rules and
// accepts: iptables-nft makes it where it is missing. An empty text equals nothing.
bool same_table(std::string_view one, std::string_view other);

// Rulesets of the xtables dialects, loaded in a network namespace of their own, as the functions of Kernel say.
Result<Trial> try_iptables(std::string_view text, Family family, const std::string& file, std::string_view sets);
Result<Trial> try_ferm(std::string_view text, const std::string& file, std::string_view sets);
Result<Trial> expand_ferm(std::string_view text, const std::string& file);

// As the first two, but in the calling thread's network namespace.
Result<Trial> load_iptables(std::string_view text, Family family, const std::string& file, std::string_view sets);
Result<Trial> load_ferm(std::string_view text, const std::string& file, std::string_view sets);

}  // namespace egressc::kernel
