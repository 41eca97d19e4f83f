// The packets of the last few lines, held back: one packet may be logged by several rules, and denied only by the last.
#pragma once

#include <array>
#include <cstdint>

#include "egressc/observation.h"

namespace egressc {

class PendingPackets {
 public:
  explicit PendingPackets(Observations& observations) : observations_(observations) { newest_.fill(none); }

  // What tells packets with the same ends apart. A rule logs a packet once: under the same prefix it is another.
  struct Mark {
    std::uint32_t id = 0;
    std::uint32_t length = 0;
    std::uint32_t prefix = 0;  // a hash of it
  };
  void add(const Connection& connection, const Mark& mark);
  // Hands on all that is held back; call once, at the end.
  void flush();

 private:
  static constexpr std::size_t capacity = 256;
  static constexpr std::size_t buckets = 512;
  static constexpr std::uint16_t none = capacity;

  struct Packet {
    Connection connection;
    Mark mark;
    std::uint32_t last_prefix = 0;
    std::uint16_t bucket = 0;
    std::uint16_t older = none;  // of the same bucket
  };
  static bool is_same(const Packet& packet, const Connection& connection, const Mark& mark);
  void hand_on(std::uint16_t index);

  Observations& observations_;
  std::array<Packet, capacity> packets_;  // a ring
  std::array<std::uint16_t, buckets> newest_;
  std::size_t count_ = 0;  // ever added
};

}  // namespace egressc
