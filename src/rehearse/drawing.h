// Chance that is the same everywhere, and samples that are drawn by it.
#pragma once

#include <cstdint>
#include <vector>

#include "egressc/address.h"
#include "egressc/flow_space.h"
#include "rehearse/rehearse.h"

namespace egressc::rehearse {

// Numbers that look random and are the same everywhere: functions of a seed and of what they are for.
class Mixer {
 public:
  explicit Mixer(std::uint64_t seed) : state_(mix(seed)) {}

  Mixer with(std::uint64_t value) const { return Mixer(state_ ^ mix(value + increment)); }
  Mixer with(const Address& address) const {
    return with(static_cast<std::uint64_t>(address.family)).with(address.high).with(address.low);
  }
  Mixer with(const FlowPoint& flow) const {
    return with(flow.uid).with(flow.gid).with(flow.protocol).with(flow.port).with(flow.to);
  }

  std::uint64_t value() const { return state_; }
  // In first … last.
  std::uint64_t between(std::uint64_t first, std::uint64_t last) const {
    const std::uint64_t size = last - first + 1;
    return size == 0 ? state_ : first + state_ % size;
  }

 private:
  static constexpr std::uint64_t increment = 0x9e3779b97f4a7c15;
  // splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
  static constexpr std::uint64_t mix(std::uint64_t z) {
    z += increment;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

  std::uint64_t state_;
};

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

// A sample in the making: the candidates that come first by a key, in memory that depends on their number alone.
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

}  // namespace egressc::rehearse
