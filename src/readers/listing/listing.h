// What `nft list table inet egressc` prints, state included (nft(8), 1.0.6): read for what times out, and written again
// so that it can be loaded. These functions never fail: text that they do not understand stays as it is.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "model/values/nft_table.h"

namespace egressc {

// The listing as it would be so much later: "expires" of each element of a set or map is less by that, and an element
// whose time is up is left out. All else stays byte for byte.
std::string aged(std::string_view listing, std::chrono::milliseconds passed);

// What replaces the table by the listed one in one transaction; by none, if the listing is empty.
std::string undo_text(std::string_view listing);

// An element of a set that times out.
struct LiveElement {
  std::string set;
  Prefix address;
  // Its own, or that of the set.
  std::optional<std::chrono::milliseconds> timeout;
  // nullopt if it never times out.
  std::optional<std::chrono::milliseconds> remaining;
  bool operator==(const LiveElement&) const = default;
};

struct LiveElements {
  std::vector<LiveElement> elements;  // as they are listed
  // Elements of sets that time out which are no address or prefix: ranges, concatenations, other types, and IPv4
  // addresses mapped to IPv6, for which no packet leaves.
  std::size_t not_understood = 0;
};

LiveElements live_elements(std::string_view listing);

// The names of the sets whose elements time out, whether they hold any or not.
std::vector<std::string> live_set_names(std::string_view listing);

struct CarriedOver {
  std::vector<NftAddition> additions;  // for the same transaction, after the new table
  std::size_t carried = 0;
  // What a set of the same name cannot hold: a prefix where it holds addresses alone or overlaps what it starts with,
  // the other family, and what is beyond its size: those with the least time left.
  std::vector<LiveElement> left_out;
};

// The live elements that those of the new sets go on with that time out, each with the time it has left. Those of sets
// that are no more are dropped, and so are those that a set starts with anyway: these have a full time.
CarriedOver carry_over(std::span<const LiveElement> elements, std::span<const std::shared_ptr<const NftSet>> sets);

// What stands in a listed table, but for its comment: a set, a chain, or anything else, such as flags.
struct ListedBlock {
  std::string_view kind;
  std::string_view name;
  std::string_view text;  // whole lines; "" if it is no block, or does not end
};

std::vector<ListedBlock> listed_blocks(std::string_view listing);

// What a table is made of.
struct RunningTable {
  std::vector<std::string> sets = {};
  std::vector<std::string> chains = {};  // but for the chain `output`
  bool has_others = false;               // maps, objects, flow tables, flags: egressc makes none
  bool is_ours = false;                  // `output` is a base chain like that of egressc, and says that it is
  std::string runs = {};                 // the chain that `output` goes to, the last one; "" if to none
};

RunningTable running_table(std::string_view listing);

}  // namespace egressc
