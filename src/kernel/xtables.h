// The iptables programs: they alone can read and write what they put into the kernel.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "kernel/kernel.h"
#include "egressc/diagnostics.h"

namespace egressc::kernel {

// All of the functions work in the calling thread's network namespace.

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
// What `ipset save` prints.
Result<std::string> save_sets();

// The tables of ip_tables and ip6_tables, for each family that has any. Looking makes the kernel load nothing.
Result<std::vector<XtablesListing>> list_legacy();

// The tables of iptables-nft that its own save program says whole: see Listing::xtables.
Result<std::vector<XtablesListing>> list_nft_owned();

}  // namespace egressc::kernel
