// One set in one round: which elements come, stay longer, stay shorter, and go.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "refresh/refresh.h"

namespace egressc::refreshing {

struct Timed {
  Prefix address;
  std::chrono::seconds left;
  bool operator==(const Timed&) const = default;
};

struct SetRound {
  std::vector<Timed> added;    // they were not there
  std::vector<Timed> changed;  // they were, with another time
  std::vector<Prefix> removed;
  std::vector<Prefix> holds;  // afterwards, sorted
};

// `wanted` is what the last answer says of this set, sorted; nullopt if there was none yet.
SetRound set_round(std::span<const HeldElement> held, const std::optional<std::vector<Address>>& wanted,
                   const RefreshLimits& limits);

// Its nftables commands. An element that is there keeps its time when it is added again, so it is taken out and put in
// again; before that it is added, since it may have timed out, and what is not there cannot be taken out.
void append_text(std::string& text, const std::string& set, const SetRound& round);

}  // namespace egressc::refreshing
