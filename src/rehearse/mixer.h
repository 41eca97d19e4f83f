// Numbers that look random and are the same everywhere: functions of a seed and of what they are for.
#pragma once

#include <cstdint>

#include "egressc/address.h"
#include "egressc/flow_space.h"

namespace egressc {

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

}  // namespace egressc
