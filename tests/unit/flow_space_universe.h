// A small universe for FlowSpace's properties: every field is cut into a few intervals, so that a set made of whole
// cells has an exact model, a bit for each cell.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "egressc/flow_space.h"

namespace egressc::test {

// splitmix64: the same numbers with every compiler.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
  }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }

 private:
  std::uint64_t state_;
};

// The first values of the cells; a cell ends where the next begins.
inline constexpr std::array<std::uint32_t, 4> uid_cells = {0, 1001, 1002, no_id};
inline constexpr std::array<std::uint32_t, 3> gid_cells = {0, 100, 200};
inline constexpr std::array<std::uint8_t, 4> protocol_cells = {0, 6, 7, 18};
inline constexpr std::array<std::uint32_t, 8> v4_cells = {0,          0x0a000000, 0x0b000000, 0x7f000000,
                                                          0x80000000, 0xc0000201, 0xc0000202, 0xffffffff};
inline constexpr std::array<std::array<std::uint64_t, 2>, 8> v6_cells = {
    {{0, 0}, {0, 1}, {0, 2}, {0, ~0ULL}, {1, 0}, {0x20010db800000000, 0}, {0x20010db800000001, 0}, {~0ULL, ~0ULL}}};
inline constexpr std::array<std::uint16_t, 8> port_cells = {0, 53, 54, 80, 443, 444, 1024, 65535};
inline constexpr std::size_t cells = 4 * 3 * 2 * 4 * (8 + 8) * 8;
using Model = std::bitset<cells>;

struct Cell {
  std::size_t uid, gid, loopback, protocol, family, address, port;
};

inline std::size_t number(const Cell& c) {
  return (((((c.uid * 3 + c.gid) * 2 + c.loopback) * 4 + c.protocol) * 2 + c.family) * 8 + c.address) * 8 + c.port;
}

inline Cell cell(std::size_t number) {
  Cell c{};
  const auto take = [&](std::size_t count) {
    const std::size_t digit = number % count;
    number /= count;
    return digit;
  };
  c.port = take(8);
  c.address = take(8);
  c.family = take(2);
  c.protocol = take(4);
  c.loopback = take(2);
  c.gid = take(3);
  c.uid = take(4);
  return c;
}

inline Address address_of(std::size_t family, std::size_t cell) {
  if (family == 0) return ipv4(v4_cells[cell]);
  return {Family::ipv6, v6_cells[cell][0], v6_cells[cell][1]};
}

inline Address last_address(std::size_t family, std::size_t cell) {
  if (cell + 1 < 8) return *previous(address_of(family, cell + 1));
  return family == 0 ? ipv4(0xffffffff) : Address{Family::ipv6, ~0ULL, ~0ULL};
}

template <typename Value, std::size_t N>
Value last_value(const std::array<Value, N>& firsts, std::size_t cell) {
  return cell + 1 < N ? static_cast<Value>(firsts[cell + 1] - 1) : static_cast<Value>(~Value{0});
}

inline FlowPoint point(const Cell& c) {
  return {
      uid_cells[c.uid],  gid_cells[c.gid], c.loopback == 1, protocol_cells[c.protocol], address_of(c.family, c.address),
      port_cells[c.port]};
}

// A box of whole cells, wide or narrow in each field.
inline FlowBox random_box(Random& random) {
  std::size_t first = 0;
  std::size_t last = 0;
  const auto choose = [&](std::size_t count) {
    first = random.below(count);
    last = random.below(3) == 0 ? first : first + random.below(count - first);
    return random.below(3) != 0;
  };
  FlowBox box;
  if (choose(4)) box.uids = {uid_cells[first], last_value(uid_cells, last)};
  if (choose(3)) box.gids = {gid_cells[first], last_value(gid_cells, last)};
  if (choose(2)) box.loopback = first == 1;
  if (choose(4)) box.protocols = {protocol_cells[first], last_value(protocol_cells, last)};
  const std::size_t family = random.below(2);
  if (choose(8)) box.addresses = AddressRange{address_of(family, first), last_address(family, last)};
  if (choose(8)) box.ports = {port_cells[first], last_value(port_cells, last)};
  return box;
}

inline std::vector<FlowBox> random_boxes(Random& random, std::size_t most) {
  std::vector<FlowBox> boxes(random.below(most + 1));
  for (FlowBox& box : boxes) box = random_box(random);
  return boxes;
}

inline bool holds(const FlowBox& box, const FlowPoint& p) {
  return box.uids.first <= p.uid && p.uid <= box.uids.last && box.gids.first <= p.gid && p.gid <= box.gids.last &&
         (!box.loopback || *box.loopback == p.loopback) && box.protocols.first <= p.protocol &&
         p.protocol <= box.protocols.last &&
         (!box.addresses || (box.addresses->first <= p.to && p.to <= box.addresses->last)) &&
         box.ports.first <= p.port && p.port <= box.ports.last;
}

// The cells whose first flow is in a box; adds to `overlaps` those that are in several.
inline Model model_of(const std::vector<FlowBox>& boxes, std::size_t* overlaps = nullptr) {
  Model model;
  for (std::size_t i = 0; i < cells; ++i) {
    const FlowPoint at = point(cell(i));
    std::size_t count = 0;
    for (const FlowBox& box : boxes) count += holds(box, at);
    model[i] = count != 0;
    if (overlaps != nullptr && count > 1) *overlaps += count - 1;
  }
  return model;
}

}  // namespace egressc::test
