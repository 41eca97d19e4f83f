// The packets that a rule of nftables matches, condition by condition, among those that open a flow.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/flow_space.h"
#include "readers/nft_json_key.h"
#include "readers/ranges.h"

namespace egressc::readers {

// Values of one key.
struct NftValues {
  Ranges sure;
  Ranges possible;
};

class NftJsonMatch {
 public:
  NftJsonMatch();

  // Matches packets that have the key at all.
  void require(const NftKey& key);
  void require(Family family);
  void require_protocol(std::uint8_t protocol);
  // Matches where the key, which it requires, has one of the values.
  void narrow(const NftKey& key, const NftValues& values);
  void narrow(const FlowSpace& least, const FlowSpace& most, std::string_view why);
  // Matches or not, for a reason that no field of a flow tells.
  void doubt(std::string_view why);
  void never();
  bool may_be_of_both_families() const;
  // For the case that it is asked for a reason.
  void because(std::string_view why);

  FlowSpace least() const;
  FlowSpace most() const;
  // Why they may differ.
  const std::string& why() const { return why_; }
  bool may_differ() const { return !why_.empty(); }

 private:
  enum Field : std::size_t { uid, gid, loopback, protocol, address4, address6, port, field_count };
  using Fields = std::array<Ranges, field_count>;

  void narrow(Field field, const NftValues& values, std::string_view why);
  void narrow_port(const NftKey& key, const NftValues& values);
  FlowSpace space(const Fields& fields, const FlowSpace& besides) const;

  Fields sure_;
  Fields possible_;
  FlowSpace least_ = FlowSpace::all();  // besides the fields, where `has_spaces_`
  FlowSpace most_ = FlowSpace::all();
  bool has_spaces_ = false;
  bool never_ = false;
  bool doubtful_ = false;
  std::string why_;
};

// Of a box, the packets whose destination port, if it has any, is in `ports`. Those of protocols other than tcp and udp
// may have something else in its place: they are possible.
void add_transport_boxes(const FlowBox& box, std::vector<FlowBox>& sure, std::vector<FlowBox>& possible);

}  // namespace egressc::readers
