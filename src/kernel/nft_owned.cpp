// iptables-nft-save leaves out in silence what it does not know: it prints `ip daddr @set accept`, which nft added to
// one of its tables, as `-j ACCEPT` (1.8.9). So a table is believed only if loading what was printed gives it again.
#include <fmt/core.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "kernel/namespaces.h"
#include "kernel/netfilter_socket.h"
#include "kernel/nft.h"
#include "kernel/program.h"
#include "kernel/save_sections.h"
#include "kernel/xtables.h"

namespace egressc::kernel {
namespace {

// The table as it is after loading `section` into a new network namespace; "" if it cannot be loaded.
std::string loaded_again(const XtablesPrograms& programs, Family family, const SaveSection& section) {
  const auto table = in_namespace(enter_new_network, [&]() -> Result<std::string> {
    Diagnostics diagnostics;
    const auto restored = restore(programs, section.text, "", false, diagnostics);
    if (!restored) return restored.failure();
    return *restored ? list_table(family, section.table) : std::string();
  });
  return table ? *table : std::string();
}

// Whether nftables has a table that could be one of iptables-nft.
Result<bool> may_be_in_use(Family family) {
  auto socket = NetfilterSocket::open(0);
  if (!socket) return socket.failure();
  const unsigned char nf_family = family == Family::ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
  for (const std::string_view name : xtables_names) {
    const auto is_there = socket->ask(NFT_MSG_GETTABLE, nf_family, NFTA_TABLE_NAME, name, [](const nlattr*) {});
    if (!is_there || *is_there) return is_there;
  }
  return false;
}

}  // namespace

Result<std::vector<XtablesListing>> list_nft_owned() {
  std::vector<XtablesListing> listings;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto is_used = may_be_in_use(family);
    if (!is_used) return is_used.failure();
    if (!*is_used) continue;
    const auto programs = find_xtables(family);
    if (!programs || programs->legacy) continue;
    const auto printed = run_program(programs->save, {}, "");
    if (!printed) return printed.failure();
    std::string text;
    for (const SaveSection& section : save_sections(printed->output)) {
      const auto table = list_table(family, section.table);
      if (!table) return table.failure();
      if (same_table(*table, loaded_again(*programs, family, section))) text += section.text;
    }
    if (!text.empty()) listings.push_back({programs->save.substr(programs->save.rfind('/') + 1), family, false, text});
  }
  return listings;
}

}  // namespace egressc::kernel
