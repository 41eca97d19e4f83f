// The tables in what iptables-nft-save printed, and whether two listings of a table by nft are equal.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace egressc::kernel {

// All that iptables-nft has: xtables_ipv4 in iptables/nft.c.
inline constexpr std::array<std::string_view, 5> xtables_names = {"filter", "nat", "mangle", "raw", "security"};

struct SaveSection {
  std::string table;
  std::string text;  // from "*TABLE" to "COMMIT"
};

// What has no COMMIT is left out.
std::vector<SaveSection> save_sections(std::string_view text);

// Two outputs of `nft list table`. The order of chains says nothing, nor does a base chain that has no rules and
// accepts: iptables-nft makes it where it is missing. An empty text equals nothing.
bool same_table(std::string_view one, std::string_view other);

}  // namespace egressc::kernel
