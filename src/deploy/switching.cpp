#include "deploy/switching.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <vector>

namespace egressc::deploy {
namespace {

constexpr std::string_view base_chain = "\tchain output {\n\t\ttype filter hook output priority filter; policy ";
constexpr std::string_view table_head = "table inet egressc {\n";

struct Names {
  std::vector<std::string> sets;    // in the order of the listing
  std::vector<std::string> chains;  // but for the base chain
  bool others = false;              // maps, objects, flow tables: egressc has none
};

// Of the blocks of a table: "\tset NAME {".
Names names_in(std::string_view text) {
  Names names;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with('\t') || line.starts_with("\t\t") || !line.ends_with(" {")) continue;
    line = line.substr(1, line.size() - 3);
    const std::size_t blank = line.find(' ');
    const std::string_view kind = line.substr(0, blank);
    const std::string name(line.substr(std::min(blank, line.size() - 1) + 1));
    if (kind == "set")
      names.sets.push_back(name);
    else if (kind != "chain")
      names.others = true;
    else if (name != "output")
      names.chains.push_back(name);
  }
  return names;
}

// The one kind of name that has no tag: resolvers know it.
bool is_live(std::string_view name) { return name.starts_with("n_"); }

// "u1001", "u1001_g5_4", "g100", "deny", "rules", with this tag.
bool is_of(std::string_view name, std::string_view tag) {
  constexpr std::string_view second = "_b";
  const bool is_second = name.ends_with(second) || name.find("_b_") != name.npos;
  if (is_second != (tag == second)) return false;
  const bool is_subject = name.size() > 1 && (name[0] == 'u' || name[0] == 'g') && name[1] >= '0' && name[1] <= '9';
  return is_subject || name.starts_with("deny") || name.starts_with("rules");
}

template <typename Keep>
std::string without(const Names& names, Keep keep) {
  std::string flushes;
  std::string deletes;
  for (const std::string& chain : names.chains) {
    if (keep(chain)) continue;
    flushes += fmt::format("flush chain inet egressc {}\n", chain);
    deletes += fmt::format("delete chain inet egressc {}\n", chain);
  }
  for (const std::string& set : names.sets)
    if (!keep(set)) deletes += fmt::format("delete set inet egressc {}\n", set);
  return flushes + deletes;
}

}  // namespace

std::string free_tag(std::string_view listing) {
  const bool has_first = listing.find("\tchain rules {\n") != listing.npos;
  const bool runs_second = listing.find("goto rules_b") != listing.npos;
  return has_first && !runs_second ? "_b" : "";
}

std::optional<Switching> switching(std::string_view text, std::string_view listing) {
  const std::size_t base = text.find(base_chain);
  const std::size_t head = text.find(table_head);
  const Names old = names_in(listing);
  const bool is_ours = listing.find("comment \"egressc ") != listing.npos && listing.find(base_chain) != listing.npos;
  if (base == text.npos || head == text.npos || !is_ours || old.others) return std::nullopt;
  const std::string tag = free_tag(listing);
  const std::string_view body = text.substr(head + table_head.size(), base - head - table_head.size());
  const Names made = names_in(body);
  std::set<std::string_view> all_made(made.sets.begin(), made.sets.end());
  all_made.insert(made.chains.begin(), made.chains.end());

  const auto is_made = [&](std::string_view name) { return all_made.contains(name); };
  Switching result;
  // What has its tag was left behind by a switching that was cut off.
  result.prepare = without(old, [&](std::string_view name) { return !is_of(name, tag); }) +
                   fmt::format("{}{}}}\n", table_head, body);
  result.turn = fmt::format("flush chain inet egressc output\n{}{}", table_head, text.substr(base));
  result.clear = without(old, is_made);
  result.give_up = without(made, is_live);
  return result;
}

}  // namespace egressc::deploy
