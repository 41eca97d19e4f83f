// The packets a rule matches, condition by condition.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "egressc/flow_space.h"
#include "readers/meaning/numbers.h"

namespace egressc::readers {

enum class Field : std::uint8_t { uid, gid, loopback, protocol, address, port };
inline constexpr std::size_t field_count = 6;

class Match {
 public:
  explicit Match(Family family);

  Number last_of(Field field) const;
  // Matches where `field` is in `ranges`, or, negated, where it is not.
  void narrow(Field field, const Ranges& ranges, bool negated);
  // Surely matches where `field` is in `sure`, and possibly where it is in `possible`.
  void narrow(Field field, const Ranges& sure, const Ranges& possible, bool negated, std::string_view why);
  // Surely matches within `sure` alone, and possibly within `possible`.
  void within(const FlowSpace& sure, const FlowSpace& possible, bool negated, std::string_view why);
  // Whatever was said of flows as a whole is not known to be so.
  void forget_within(std::string_view why);
  // Matches or not, for a reason that no field tells.
  void doubt(std::string_view why);
  void never();
  // Whatever is said of `field`, before or after, is not known to be so.
  void forget(Field field, std::string_view why);

  // The protocol's number where there is but one that possibly matches, else -1.
  int protocol() const;
  FlowSpace least() const;
  FlowSpace most() const;
  bool is_exact() const { return never_ || (sure_ == possible_ && sure_within_ == possible_within_); }
  // The first reason why it may not be.
  const std::string& why() const { return why_; }

 private:
  using Fields = std::array<Ranges, field_count>;
  FlowSpace space(const Fields& fields) const;

  Family family_;
  Fields sure_;
  Fields possible_;
  FlowSpace sure_within_ = FlowSpace::all();
  FlowSpace possible_within_ = FlowSpace::all();
  bool never_ = false;
  std::string why_;
  std::array<bool, field_count> forgotten_{};
};

}  // namespace egressc::readers
