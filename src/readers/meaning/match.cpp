#include "readers/meaning/match.h"

namespace egressc::readers {
namespace {

constexpr Field one_box_fields[] = {Field::uid, Field::gid, Field::loopback, Field::protocol, Field::port};

constexpr std::size_t number(Field field) { return static_cast<std::size_t>(field); }

void set(FlowBox& box, Field field, const Range& range) {
  switch (field) {
    case Field::uid:
      box.uids = span_of<IdRange>(range);
      return;
    case Field::gid:
      box.gids = span_of<IdRange>(range);
      return;
    case Field::loopback:
      if (range.first == range.last) box.loopback = range.first == 1;
      return;
    case Field::protocol:
      box.protocols = span_of<ProtocolRange>(range);
      return;
    case Field::address4:
    case Field::address6:
      box.addresses = addresses_of(field == Field::address4 ? Family::ipv4 : Family::ipv6, range);
      return;
    case Field::port:
      box.ports = span_of<PortRange>(range);
      return;
  }
}

}  // namespace

Number last_of(Field field) {
  constexpr std::array<Number, field_count> last = {
      no_id, no_id, 1, 255, last_address(Family::ipv4), last_address(Family::ipv6), 65535};
  return last[number(field)];
}

FlowBox protocol_box(std::uint8_t protocol) {
  FlowBox box;
  box.protocols = {protocol, protocol};
  return box;
}

FlowBox family_box(Family family) {
  FlowBox box;
  box.addresses = addresses_of(family, {0, last_address(family)});
  return box;
}

Match::Match() {
  for (std::size_t i = 0; i < field_count; ++i) sure_[i] = {{0, last_of(static_cast<Field>(i))}};
  possible_ = sure_;
}

Match::Match(Family family) : Match() { narrow(family); }

void Match::narrow(Field field, const Ranges& ranges, bool negated) { narrow(field, {ranges, ranges}, negated, {}); }

void Match::narrow(Field field, const RangeBounds& bounds, bool negated, std::string_view why) {
  if (forgotten_[number(field)]) return;
  const Number last = last_of(field);
  Ranges& surely = sure_[number(field)];
  Ranges& possibly = possible_[number(field)];
  surely = intersection(surely, negated ? complement(bounds.possible, last) : bounds.sure);
  possibly = intersection(possibly, negated ? complement(bounds.sure, last) : bounds.possible);
  because(why);
}

void Match::narrow(const FlowBounds& bounds, bool negated) {
  sure_flows_ &= negated ? ~bounds.most : bounds.least;
  possible_flows_ &= negated ? ~bounds.least : bounds.most;
  has_flows_ = true;
  because(bounds.why);
}

void Match::narrow(Family family) { narrow(family == Family::ipv4 ? Field::address6 : Field::address4, Ranges{}); }

void Match::forget_flows(std::string_view why) {
  possible_flows_ = FlowSpace::all();
  doubt(why);
}

void Match::doubt(std::string_view why) {
  doubtful_ = true;
  because(why);
}

void Match::forget(Field field, std::string_view why) {
  forgotten_[number(field)] = true;
  possible_[number(field)] = {{0, last_of(field)}};
  doubt(why);
}

void Match::because(std::string_view why) {
  if (why_.empty()) why_ = why;
}

int Match::protocol() const {
  const Ranges& ranges = possible(Field::protocol);
  if (ranges.size() != 1 || ranges.front().first != ranges.front().last) return -1;
  return static_cast<int>(ranges.front().first);
}

bool Match::is_exact() const {
  return never_ || why_.empty() || (!doubtful_ && sure_ == possible_ && sure_flows_ == possible_flows_);
}

FlowSpace Match::least() const {
  if (is_exact()) return most();
  return doubtful_ ? FlowSpace() : space(sure_, sure_flows_);
}

FlowSpace Match::most() const { return never_ ? FlowSpace() : space(possible_, possible_flows_); }

// One box if it can be; fields of several ranges are intersected rather than multiplied out.
FlowSpace Match::space(const Fields& fields, const FlowSpace& flows) const {
  FlowBox box;
  for (const Field field : one_box_fields) {
    const Ranges& ranges = fields[number(field)];
    if (ranges.empty()) return {};
    set(box, field, {ranges.front().first, ranges.back().last});
  }
  std::vector<FlowBox> by_address;
  bool is_any_address = true;
  for (const Field field : {Field::address4, Field::address6}) {
    is_any_address = is_any_address && fields[number(field)] == Ranges{{0, last_of(field)}};
    for (const Range& range : fields[number(field)]) set(by_address.emplace_back(box), field, range);
  }
  FlowSpace made = is_any_address           ? FlowSpace(box)
                   : by_address.size() == 1 ? FlowSpace(by_address.front())
                                            : FlowSpace::from_boxes(by_address);
  for (const Field field : one_box_fields) {
    const Ranges& ranges = fields[number(field)];
    if (ranges.size() == 1) continue;
    std::vector<FlowBox> boxes;
    for (const Range& range : ranges) set(boxes.emplace_back(), field, range);
    made &= FlowSpace::from_boxes(boxes);
  }
  return has_flows_ ? made & flows : made;
}

}  // namespace egressc::readers
