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

namespace egressc::deploy {

// Ruleset::tag of a ruleset that is to be loaded beside the listed one: the tag that this one does not have.
std::string free_tag(std::string_view listing);

// Each is nftables text for one transaction.
struct Switching {
  std::string prepare;  // the new ruleset but for its base chain, and without what an earlier one has left behind
  std::string turn;     // the base chain
  std::string clear;    // without the old ruleset, which nothing leads to any more; may be ""
  std::string give_up;  // without what prepare has loaded
};

// `text` is a ruleset as the backend prints it, with the tag that is free in `listing`, which is what nft lists of the
// table inet egressc. nullopt where the table has to be replaced whole: it is not there, or is not one that egressc
// loaded.
std::optional<Switching> switching(std::string_view text, std::string_view listing);

}  // namespace egressc::deploy
