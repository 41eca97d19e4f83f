// The packets a rule matches, condition by condition.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "egressc/flow_space.h"
#include "readers/meaning/numbers.h"

namespace egressc::readers {

// The flows that are surely meant, and those that possibly are.
struct FlowBounds {
  FlowSpace least;
  FlowSpace most;
  std::string why;  // they may differ
};

enum class Field : std::uint8_t { uid, gid, loopback, protocol, address4, address6, port };
inline constexpr std::size_t field_count = 7;

constexpr Field address_field(Family family) { return family == Family::ipv4 ? Field::address4 : Field::address6; }
Number last_of(Field field);

// The packets of one protocol, or of one family.
FlowBox protocol_box(std::uint8_t protocol);
FlowBox family_box(Family family);

// Every packet, until conditions narrow it.
class Match {
 public:
  Match();
  explicit Match(Family family);

  // Matches where `field` is in `ranges`, or, negated, where it is not.
  void narrow(Field field, const Ranges& ranges, bool negated = false);
  // Surely matches where `field` is in `bounds.sure`, and possibly where it is in `bounds.possible`.
  void narrow(Field field, const RangeBounds& bounds, bool negated, std::string_view why);
  void narrow(const FlowBounds& bounds, bool negated = false);
  void narrow(Family family);
  // Whatever was said of flows as a whole is not known to be so.
  void forget_flows(std::string_view why);
  // Matches or not, for a reason that no field tells.
  void doubt(std::string_view why);
  void never() { never_ = true; }
  // Whatever is said of `field`, before or after, is not known to be so.
  void forget(Field field, std::string_view why);
  // For the case that it is asked for a reason.
  void because(std::string_view why);

  const Ranges& possible(Field field) const { return possible_[static_cast<std::size_t>(field)]; }
  // The protocol's number where there is but one that possibly matches, else -1.
  int protocol() const;
  FlowSpace least() const;
  FlowSpace most() const;
  bool is_exact() const;
  // The first reason why it may not be.
  const std::string& why() const { return why_; }

 private:
  using Fields = std::array<Ranges, field_count>;
  FlowSpace space(const Fields& fields, const FlowSpace& flows) const;

  Fields sure_;
  Fields possible_;
  FlowSpace sure_flows_ = FlowSpace::all();  // besides the fields, where `has_flows_`
  FlowSpace possible_flows_ = FlowSpace::all();
  bool has_flows_ = false;
  bool never_ = false;
  bool doubtful_ = false;
  std::string why_;
  std::array<bool, field_count> forgotten_{};
};

}  // namespace egressc::readers
