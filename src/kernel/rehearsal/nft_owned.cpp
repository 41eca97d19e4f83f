#include <fmt/core.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>

#include "kernel/nft/netlink.h"
#include "kernel/nft/nft.h"
#include "kernel/process/namespaces.h"
#include "kernel/process/process.h"
#include "kernel/rehearsal/xtables.h"

namespace egressc::kernel {
namespace {

// With its end of line.
std::string_view take_whole_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end == text.npos ? end : end + 1);
  text.remove_prefix(line.size());
  return line;
}

// The table that begins with this line; "" for any other line, also for one that a comment with a line break holds.
std::string_view table_named(std::string_view line) {
  for (const std::string_view name : xtables_names)
    if (line.size() == name.size() + 2 && line.front() == '*' && line.substr(1, name.size()) == name) return name;
  return "";
}

bool is_empty_base_chain(std::string_view block) {
  if (!take_whole_line(block).starts_with("\tchain ")) return false;
  const std::string_view base = take_whole_line(block);
  return base.starts_with("\t\ttype ") && base.ends_with(" policy accept;\n") && block == "\t}\n";
}

// Chains, sets and maps, sorted; what is around them is a block as well.
std::vector<std::string> blocks(std::string_view text) {
  std::vector<std::string> all(1);
  while (!text.empty()) {
    const std::string_view line = take_whole_line(text);
    if (line.starts_with("#") || line == "\n") continue;
    all.back() += line;
    if (line == "\t}\n" || line.starts_with("table ")) all.emplace_back();
  }
  std::erase_if(all, [](const std::string& block) { return block.empty() || is_empty_base_chain(block); });
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

std::vector<SaveSection> save_sections(std::string_view text) {
  std::vector<SaveSection> sections;
  bool open = false;
  while (!text.empty()) {
    const std::string_view line = take_whole_line(text);
    if (const std::string_view table = table_named(line); !table.empty()) {
      if (open) sections.pop_back();
      open = true;
      sections.push_back({std::string(table), {}});
    }
    if (open) sections.back().text += line;
    if (line == "COMMIT\n") open = false;
  }
  if (open) sections.pop_back();
  return sections;
}

bool same_table(std::string_view one, std::string_view other) {
  return !one.empty() && !other.empty() && blocks(one) == blocks(other);
}

// iptables-nft-save leaves out in silence what it does not know: it prints `ip daddr @set accept`, which nft added to
// one of its tables, as `-j ACCEPT` (1.8.9). So a table is believed only if loading what was printed gives it again.

namespace {

// The table as it is after loading `section`, and before it the sets that it asks for, into a new network namespace; ""
// if it cannot be loaded.
std::string loaded_again(const XtablesPrograms& programs, Family family, const SaveSection& section) {
  const auto sets = asks_for_sets(section.text) ? save_sets() : Result<std::string>(std::string());
  if (!sets) return {};
  const auto table = in_namespace(enter_new_network, [&]() -> Result<std::string> {
    Diagnostics diagnostics;
    if (!sets->empty()) {
      const auto added = restore_sets(*sets, diagnostics);
      if (!added || !*added) return std::string();
    }
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
