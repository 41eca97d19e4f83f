// The conditions of an nftables rule.
#pragma once

#include <string>
#include <string_view>

#include "egressc/flow_space.h"
#include "readers/nft_sets.h"
#include "readers/nft_tokens.h"

namespace egressc::readers {

// What a rule matches so far, in flows that open a connection.
class NftMatch {
 public:
  void narrow(const FlowSpace& flows) { most_ &= flows; }
  void narrow(const FlowBox& box) { most_ &= FlowSpace(box); }
  // By something that is no part of a flow.
  void doubt(std::string_view why) {
    if (undecided_.empty()) undecided_ = why;
  }

  FlowSpace least() const { return undecided_.empty() ? most_ : FlowSpace(); }
  const FlowSpace& most() const { return most_; }
  // Why they differ.
  std::string undecided() const { return most_.empty() ? "" : undecided_; }

 private:
  FlowSpace most_ = FlowSpace::all();
  std::string undecided_;
};

// Packets of one protocol or family.
FlowBox protocol_box(std::uint8_t protocol);
FlowBox family_box(Family family);

// Reads one condition if the next token begins one. False, and nothing is passed, if it does not.
bool read_condition(NftTokens& tokens, const NftSets& sets, NftMatch& match);
// The same after the word "meta", but for the ids: they may be the keys of a map.
bool read_meta_condition(NftTokens& tokens, NftMatch& match);

}  // namespace egressc::readers
