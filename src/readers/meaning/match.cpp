#include "readers/meaning/match.h"

namespace egressc::readers {
namespace {

constexpr std::array<Field, field_count> all_fields = {Field::uid,      Field::gid,     Field::loopback,
                                                       Field::protocol, Field::address, Field::port};

constexpr std::size_t number(Field field) { return static_cast<std::size_t>(field); }

Address address_of(Family family, Number value) {
  return {family, static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
}

template <typename T>
T narrowed(Number value) {
  return static_cast<T>(value);
}

void set(FlowBox& box, Field field, const Range& range, Family family) {
  switch (field) {
    case Field::uid:
      box.uids = {narrowed<std::uint32_t>(range.first), narrowed<std::uint32_t>(range.last)};
      return;
    case Field::gid:
      box.gids = {narrowed<std::uint32_t>(range.first), narrowed<std::uint32_t>(range.last)};
      return;
    case Field::loopback:
      if (range.first == range.last) box.loopback = range.first == 1;
      return;
    case Field::protocol:
      box.protocols = {narrowed<std::uint8_t>(range.first), narrowed<std::uint8_t>(range.last)};
      return;
    case Field::address:
      box.addresses = AddressRange{address_of(family, range.first), address_of(family, range.last)};
      return;
    case Field::port:
      box.ports = {narrowed<std::uint16_t>(range.first), narrowed<std::uint16_t>(range.last)};
      return;
  }
}

}  // namespace

Match::Match(Family family) : family_(family) {
  for (const Field field : all_fields) sure_[number(field)] = {{0, last_of(field)}};
  possible_ = sure_;
}

Number Match::last_of(Field field) const {
  switch (field) {
    case Field::uid:
    case Field::gid:
      return no_id;
    case Field::loopback:
      return 1;
    case Field::protocol:
      return 255;
    case Field::address:
      return family_ == Family::ipv4 ? Number{0xffffffff} : ~Number{0};
    case Field::port:
      break;
  }
  return 65535;
}

void Match::narrow(Field field, const Ranges& ranges, bool negated) { narrow(field, ranges, ranges, negated, {}); }

void Match::narrow(Field field, const Ranges& sure, const Ranges& possible, bool negated, std::string_view why) {
  if (forgotten_[number(field)]) return;
  const Number last = last_of(field);
  Ranges& surely = sure_[number(field)];
  Ranges& possibly = possible_[number(field)];
  surely = intersection(surely, negated ? complement(possible, last) : sure);
  possibly = intersection(possibly, negated ? complement(sure, last) : possible);
  if (why_.empty()) why_ = why;
}

void Match::within(const FlowSpace& sure, const FlowSpace& possible, bool negated, std::string_view why) {
  sure_within_ &= negated ? ~possible : sure;
  possible_within_ &= negated ? ~sure : possible;
  if (why_.empty()) why_ = why;
}

void Match::forget_within(std::string_view why) {
  possible_within_ = FlowSpace::all();
  doubt(why);
}

void Match::doubt(std::string_view why) {
  for (Ranges& ranges : sure_) ranges.clear();
  if (why_.empty()) why_ = why;
}

void Match::never() { never_ = true; }

int Match::protocol() const {
  const Ranges& ranges = possible_[number(Field::protocol)];
  if (ranges.size() != 1 || ranges.front().first != ranges.front().last) return -1;
  return static_cast<int>(ranges.front().first);
}

FlowSpace Match::least() const { return is_exact() ? most() : space(sure_) & sure_within_; }

FlowSpace Match::most() const { return never_ ? FlowSpace() : space(possible_) & possible_within_; }

void Match::forget(Field field, std::string_view why) {
  forgotten_[number(field)] = true;
  possible_[number(field)] = {{0, last_of(field)}};
  doubt(why);
}

// One box if it can be; fields of several ranges are intersected rather than multiplied out.
FlowSpace Match::space(const Fields& fields) const {
  FlowBox box;
  for (const Field field : all_fields) {
    const Ranges& ranges = fields[number(field)];
    if (ranges.empty()) return {};
    set(box, field, {ranges.front().first, ranges.back().last}, family_);
  }
  FlowSpace made(box);
  for (const Field field : all_fields) {
    const Ranges& ranges = fields[number(field)];
    if (ranges.size() == 1) continue;
    std::vector<FlowBox> boxes;
    for (const Range& range : ranges) set(boxes.emplace_back(), field, range, family_);
    made &= FlowSpace::from_boxes(boxes);
  }
  return made;
}

}  // namespace egressc::readers
