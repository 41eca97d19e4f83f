#include "readers/nft_json/lookup.h"

#include <algorithm>

namespace egressc::readers {
namespace {

using Kind = NftKey::Kind;

template <typename Span, typename T>
bool intersect(Span& span, const Range& range) {
  span.first = std::max(span.first, static_cast<T>(range.first));
  span.last = std::min(span.last, static_cast<T>(range.last));
  return range.first <= range.last && span.first <= span.last;
}

bool intersect(FlowBox& box, const AddressRange& range) {
  if (!box.addresses) {
    box.addresses = range;
    return range.first <= range.last;
  }
  box.addresses = AddressRange{std::max(box.addresses->first, range.first), std::min(box.addresses->last, range.last)};
  return box.addresses->first <= box.addresses->last && box.addresses->first.family == box.addresses->last.family;
}

bool intersect_family(FlowBox& box, const NftKey& key, const Range& range) {
  const bool four = range.holds(number_of(Family::ipv4, key));
  const bool six = range.holds(number_of(Family::ipv6, key));
  if (four == six) return four;
  return intersect(box, *family_box(four ? Family::ipv4 : Family::ipv6).addresses);
}

bool intersect_loopback(FlowBox& box, const Range& range) {
  if (range.first > range.last) return false;
  if (range.first != range.last) return true;
  const bool loopback = range.first == 1;
  if (box.loopback && *box.loopback != loopback) return false;
  box.loopback = loopback;
  return true;
}

// What of `box` has the key in `range`; false if nothing does.
bool intersect(FlowBox& box, const NftKey& key, const Range& range) {
  if (range.first > range.last) return false;
  switch (key.kind) {
    case Kind::uid:
      return intersect<IdRange, std::uint32_t>(box.uids, range);
    case Kind::gid:
      return intersect<IdRange, std::uint32_t>(box.gids, range);
    case Kind::interface:
    case Kind::device_type:
      return intersect_loopback(box, range);
    case Kind::family:
      return intersect_family(box, key, range);
    case Kind::protocol:
      return intersect<ProtocolRange, std::uint8_t>(box.protocols, range);
    case Kind::address:
      return intersect(box, addresses_of(*key.family, range));
    case Kind::port:
      return intersect<PortRange, std::uint16_t>(box.ports, range);
    case Kind::icmp_type:
      return intersect<PortRange, std::uint16_t>(box.ports, {range.first << 8, range.last << 8 | 255});
    case Kind::known:
      return std::any_of(key.candidates.begin(), key.candidates.end(),
                         [&](std::uint32_t value) { return range.holds(value); });
    case Kind::state:  // see with_states()
    case Kind::next_header:
    case Kind::icmp_code:
    case Kind::opaque:
      break;
  }
  return true;
}

bool has_state(const NftKey& key, TrackedKind kind, const Range& range) {
  const auto& states = key.states[static_cast<std::size_t>(kind)];
  return std::any_of(states.begin(), states.end(), [&](std::uint32_t state) { return range.holds(state); });
}

// Keys that are no interval of a flow's fields.
bool is_vague(const NftKey& key) {
  return key.kind == Kind::next_header || key.kind == Kind::icmp_code || key.kind == Kind::opaque ||
         (key.kind == Kind::known && key.candidates.size() != 1);
}

bool has_transport(const NftKey& key) { return key.kind == Kind::port && !key.protocol; }

}  // namespace

struct NftElements::Boxes {
  std::optional<FlowBox> sure;
  std::optional<FlowBox> possible;
};

void NftElements::add(const Json& element) {
  const NftElement unwrapped = element_of(element);
  if (unwrapped.is_conditional) doubt("an element has a limit of its own");
  if (is_catch_all(element)) return add_boxes({FlowBox{}, FlowBox{}});
  const Json* const parts = member(*unwrapped.value, "concat");
  if (keys_.size() > 1 && (parts == nullptr || !parts->IsArray() || parts->Size() != keys_.size()))
    return add_unknown("an element has not as many parts as the key");
  Boxes boxes{FlowBox{}, FlowBox{}};
  const NftKey* state = nullptr;
  NftValue state_value;
  for (rapidjson::SizeType i = 0; i < keys_.size(); ++i) {
    const NftKey& key = keys_[i];
    const NftValue value = read_value(keys_.size() == 1 ? *unwrapped.value : (*parts)[i], key);
    if (key.kind == Kind::state) {
      state = &key;
      state_value = value;
    }
    if (is_vague(key) || !value.is_exact()) differ([&] { return why_undecided(key); });
    if (boxes.possible && !intersect(*boxes.possible, key, value.possible)) boxes.possible.reset();
    if (boxes.sure && (is_vague(key) || !intersect(*boxes.sure, key, value.sure))) boxes.sure.reset();
  }
  state == nullptr ? add_boxes(boxes) : add_by_state(boxes, *state, state_value);
}

// The state of a packet depends on its kind.
void NftElements::add_by_state(const Boxes& boxes, const NftKey& key, const NftValue& value) {
  for (std::size_t i = 0; i < tracked_kinds; ++i) {
    const auto kind = static_cast<TrackedKind>(i);
    if (!boxes.possible || !has_state(key, kind, value.possible)) continue;
    const bool is_sure = boxes.sure && key.states[i].size() == 1 && has_state(key, kind, value.sure);
    if (!is_sure) differ([&] { return why_undecided(key); });
    for (const FlowBox& box : boxes_of(kind)) {
      Boxes part{is_sure ? std::optional(intersection(*boxes.sure, box)) : std::nullopt,
                 intersection(*boxes.possible, box)};
      if (part.sure && holds_nothing(*part.sure)) part.sure.reset();
      if (!holds_nothing(*part.possible)) add_boxes(part);
    }
  }
}

void NftElements::add(const Address& address) {
  FlowBox box;
  box.addresses = AddressRange{address, address};
  add_boxes({box, box});
}

void NftElements::add_unknown(std::string why) {
  differ([&] { return std::move(why); });
  add_boxes({std::nullopt, FlowBox{}});
}

void NftElements::add_boxes(const Boxes& boxes) {
  if (std::any_of(keys_.begin(), keys_.end(), has_transport)) return add_transport(boxes);
  if (boxes.sure && !why_.empty()) sure_.push_back(*boxes.sure);
  if (boxes.possible) possible_.push_back(*boxes.possible);
}

void NftElements::add_transport(const Boxes& boxes) {
  std::vector<FlowBox> sure;
  std::vector<FlowBox> possible;
  std::vector<FlowBox> unused;
  if (boxes.sure) add_transport_boxes(*boxes.sure, sure, unused);
  if (boxes.possible) add_transport_boxes(*boxes.possible, unused, possible);
  if (sure != possible) differ([] { return std::string(other_ports); });
  if (!why_.empty()) sure_.insert(sure_.end(), sure.begin(), sure.end());
  possible_.insert(possible_.end(), possible.begin(), possible.end());
}

void NftElements::doubt(std::string why) {
  is_doubtful_ = true;
  differ([&] { return std::move(why); });
}

// As long as they do not differ, what is possible is sure.
template <typename Why>
void NftElements::differ(Why why) {
  if (!why_.empty()) return;
  why_ = why();
  sure_ = possible_;
}

FlowBounds NftElements::finish() const {
  FlowBounds made{{}, FlowSpace::from_boxes(possible_), why_};
  if (why_.empty())
    made.least = made.most;
  else if (!is_doubtful_)
    made.least = FlowSpace::from_boxes(sure_);
  return made;
}

bool is_catch_all(const Json& element) { return text_of(*element_of(element).value) == "*"; }

}  // namespace egressc::readers
