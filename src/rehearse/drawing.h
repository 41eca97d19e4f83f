// A sample in the making: the candidates that come first by a key, in memory that depends on their number alone.
#pragma once

#include <cstdint>
#include <vector>

#include "egressc/address.h"
#include "rehearse/rehearse.h"

namespace egressc {

// What comes first: a low rank, and then chance.
constexpr std::uint64_t key_of(std::uint64_t rank, std::uint64_t chance) {
  constexpr std::uint64_t last_rank = 255;
  return (rank < last_rank ? rank : last_rank) << 56 | chance >> 8;
}

struct Candidate {
  std::uint64_t key = 0;
  Probe probe;
  // Of the grant it comes from.
  Prefix prefix;
  PortRange ports;

  std::uint64_t rank() const { return key >> 56; }
};

class Drawing {
 public:
  explicit Drawing(std::size_t most) : most_(most) {}

  // Whether one with this key may still be drawn.
  bool wants(std::uint64_t key) const { return !full_ || key <= last_key_; }
  void add(const Candidate& candidate);
  // Those drawn, each flow once, ascending by key. Of equal ones the first stays.
  std::vector<Candidate> take();

 private:
  void prune();

  std::size_t most_;
  std::vector<Candidate> candidates_;
  bool full_ = false;
  std::uint64_t last_key_ = 0;
};

}  // namespace egressc
