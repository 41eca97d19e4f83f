// What became of a packet that was sent to see whether a ruleset lets it leave.
#pragma once

#include <cstdint>

namespace egressc {

enum class Passed : std::uint8_t {
  left,      // a link was handed it
  stopped,   // it left without the ruleset, and no longer with it
  not_sent,  // it could not be sent, ruleset or not
};

struct Passage {
  Passed passed = Passed::not_sent;
  int error = 0;  // not_sent: errno of what failed, or 0 where the packet went elsewhere
  bool operator==(const Passage&) const = default;
};

}  // namespace egressc
