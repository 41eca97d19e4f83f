#include "readers/listing/listing.h"

#include <algorithm>

#include "model/values/nft_table.h"
#include "readers/listing/sets.h"

namespace egressc::readers {
namespace {

using std::chrono::milliseconds;

// The element so much later; "" if its time is up.
std::string aged_element(std::string_view element, milliseconds passed) {
  std::string text(element);
  const std::string_view expires = listed_element(element).expires;
  const auto left = parse_duration(expires);
  if (!left) return text;
  if (*left <= passed) return {};
  return text.replace(static_cast<std::size_t>(expires.data() - element.data()), expires.size(),
                      nft_duration(*left - passed));
}

// The lines that hold the elements; "" if none is left.
std::string aged_clause(const ListedSet& set, milliseconds passed) {
  const char* const start = set.clause.data();
  const char* done = start;
  std::string text;
  bool any = false;
  for (const std::string_view element : set.elements) {
    const std::string aged = aged_element(element, passed);
    if (!aged.empty()) {
      // What stands before the first one that is left is what stood before the first of all.
      const char* const from = any ? done : start;
      const char* const to = any ? element.data() : set.elements.front().data();
      text.append(from, to);
      text += aged;
      any = true;
    }
    done = element.data() + element.size();
  }
  if (any) text.append(done, start + set.clause.size());
  return text;
}

}  // namespace
}  // namespace egressc::readers

namespace egressc {

std::string aged(std::string_view listing, std::chrono::milliseconds passed) {
  if (passed.count() <= 0) return std::string(listing);
  std::string text;
  const char* done = listing.data();
  for (const readers::ListedSet& set : readers::listed_sets(listing)) {
    if (set.elements.empty()) continue;
    text.append(done, set.clause.data());
    text += readers::aged_clause(set, passed);
    done = set.clause.data() + set.clause.size();
  }
  return text.append(done, listing.data() + listing.size());
}

std::string undo_text(std::string_view listing) {
  return "add table inet egressc\ndelete table inet egressc\n" + std::string(listing);
}

LiveElements live_elements(std::string_view listing) {
  LiveElements all;
  for (const readers::ListedSet& set : readers::listed_sets(listing)) {
    if (set.is_map || !set.has_timeout) continue;
    for (const std::string_view text : set.elements) {
      const readers::ListedElement element = readers::listed_element(text);
      const auto address = parse_prefix(element.key);
      const bool is_mapped =
          address && address->address.family == Family::ipv4 && element.key.find(':') != element.key.npos;
      const auto timeout = element.timeout.empty() ? set.timeout : readers::parse_duration(element.timeout);
      const auto remaining = readers::parse_duration(element.expires);
      if (address && element.is_single_word && !is_mapped && remaining.has_value() != element.expires.empty())
        all.elements.push_back({std::string(set.name), *address, timeout, remaining});
      else
        ++all.not_understood;
    }
  }
  return all;
}

std::vector<ListedBlock> listed_blocks(std::string_view listing) {
  std::vector<ListedBlock> blocks;
  const char* begin = nullptr;  // of the one that is open
  while (!listing.empty()) {
    std::string_view line = listing.substr(0, listing.find('\n'));
    const char* const line_begin = line.data();
    listing.remove_prefix(std::min(line.size() + 1, listing.size()));
    if (line == "\t}" && begin != nullptr) {
      blocks.back().text = {begin, static_cast<std::size_t>(listing.data() - begin)};
      begin = nullptr;
    }
    if (!line.starts_with('\t') || line.starts_with("\t\t") || line == "\t}" || line.starts_with("\tcomment "))
      continue;
    if (line.ends_with(" {")) {
      begin = line_begin;
      line.remove_suffix(2);
    }
    line.remove_prefix(1);
    const std::size_t blank = std::min(line.find(' '), line.size());
    blocks.push_back({line.substr(0, blank), line.substr(std::min(blank + 1, line.size())), {}});
  }
  return blocks;
}

RunningTable running_table(std::string_view listing) {
  RunningTable table;
  bool has_head = false;
  for (const ListedBlock& block : listed_blocks(listing)) {
    if (block.kind == "set") {
      table.sets.emplace_back(block.name);
    } else if (block.kind != "chain") {
      table.has_others = true;
    } else if (block.name != nft_base_chain) {
      table.chains.emplace_back(block.name);
    } else {
      has_head = block.text.find("\t\ttype filter hook output priority filter; policy ") != block.text.npos;
      constexpr std::string_view verdict = "\n\t\tgoto ";
      if (const std::size_t last = block.text.rfind(verdict); last != block.text.npos) {
        const std::string_view target = block.text.substr(last + verdict.size());
        table.runs = target.substr(0, target.find_first_of(" \n"));
      }
    }
  }
  table.is_ours = has_head && listing.find("comment \"egressc ") != listing.npos;
  return table;
}

std::vector<std::string> live_set_names(std::string_view listing) {
  std::vector<std::string> names;
  for (const readers::ListedSet& set : readers::listed_sets(listing))
    if (!set.is_map && set.has_timeout) names.emplace_back(set.name);
  return names;
}

}  // namespace egressc
