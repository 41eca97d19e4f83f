// A ruleset takes the place of another while packets flow.
//
// A transaction of nf_tables is one moment for rules, but the elements of a new set with concatenations or intervals
// are there a moment later than the rules that look them up: what is granted would be denied meanwhile (seen on Linux
// 6.18 with 14,000 flows a second). So a ruleset is first loaded beside the one that runs, where nothing leads to it,
// and then the one rule of the base chain is switched. A packet that is in the old rules at that moment goes on there,
// but finds no elements in sets that go with the same transaction, the anonymous ones too, and may come out of the
// rules as if they did not govern its user (seen once in 800,000 flows). So the old rules stay until it is through.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/values/nft_table.h"
#include "readers/listing/listing.h"

namespace egressc::deploy {

// Ruleset::tag of a ruleset that is to be loaded beside the one that runs: the tag that this one does not have.
std::string free_tag(const RunningTable& running);

struct Switching {
  NftChange prepare;  // the new ruleset but for its base chain, and without what an earlier one has left behind
  NftChange turn;     // the base chain
  NftChange clear;    // without the old ruleset, which nothing leads to any more; may do nothing
  NftChange give_up;  // without what prepare has loaded
};

// `made` is the table of a policy, with the tag that is free. nullopt where the table has to be replaced whole: it is
// not there, or is not one that egressc loaded.
std::optional<Switching> switching(const NftTable& made, const RunningTable& running);

// As Switching, in nftables text; a stage that has nothing to do is "".
struct Restoring {
  std::string prepare;
  std::string turn;
  std::string clear;
  std::string give_up;
};

// What was there before takes the place of what runs; both as they are listed, "" for no table. Live sets that both
// have stay as they are, but for the elements that `made` has brought (nullptr: none). nullopt where the table has to
// be replaced whole: one of the two is not what egressc loads, or a name would mean two things at once.
std::optional<Restoring> restoring(std::string_view before, std::string_view running, const NftTable* made);

}  // namespace egressc::deploy
