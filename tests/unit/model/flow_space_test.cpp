#include "egressc/flow_space.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

using namespace egressc;

namespace {

AddressRange range(std::string_view first, std::string_view last) {
  return {parse_address(first).value(), parse_address(last).value()};
}
AddressRange prefix(std::string_view text) { return range_of(parse_prefix(text).value()); }

FlowBox box(IdRange uids, std::uint8_t protocol, std::optional<AddressRange> addresses, PortRange ports = {}) {
  FlowBox box;
  box.uids = uids;
  box.protocols = {protocol, protocol};
  box.addresses = addresses;
  box.ports = ports;
  return box;
}

std::string text(const FlowSpace& space) {
  std::string lines;
  for (const FlowBox& box : space.boxes()) lines += to_string(box) + "\n";
  return lines;
}

FlowSpace space(std::initializer_list<FlowBox> boxes) { return FlowSpace::from_boxes(std::vector<FlowBox>(boxes)); }

constexpr IdRange agent{1001, 1001};
constexpr PortRange https{443, 443};

}  // namespace

TEST_CASE("boxes as text") {
  FlowBox lo = box({0, 999}, 47, prefix("127.0.0.0/8"));
  lo.loopback = true;
  FlowBox grouped = box(agent, ip_protocol::udp, range("192.0.2.1", "192.0.2.2"), {1, 2});
  grouped.gids = {5, 6};
  grouped.loopback = false;
  FlowBox protocols;
  protocols.protocols = {7, 16};
  struct Row {
    FlowBox box;
    std::string_view text;
  };
  const Row rows[] = {
      {{}, "any any"},
      {box(agent, ip_protocol::tcp, prefix("203.0.113.0/24"), https), "uid 1001 tcp 203.0.113.0/24 443"},
      {box(agent, ip_protocol::tcp, prefix("203.0.113.7"), {1, 65535}), "uid 1001 tcp 203.0.113.7 1-65535"},
      {box(agent, ip_protocol::tcp, prefix("0.0.0.0/0")), "uid 1001 tcp 0.0.0.0/0"},
      {box(agent, ip_protocol::tcp, prefix("::/0")), "uid 1001 tcp ::/0"},
      {box(agent, ip_protocol::tcp, prefix("2001:db8::/33")), "uid 1001 tcp 2001:db8::/33"},
      {box(agent, ip_protocol::tcp, range("2001:db8::", "2001:db8::1:0")), "uid 1001 tcp 2001:db8::-2001:db8::1:0"},
      {box(agent, ip_protocol::tcp, range("192.0.2.1", "192.0.2.2")), "uid 1001 tcp 192.0.2.1-192.0.2.2"},
      {box({no_id, no_id}, ip_protocol::icmpv6, std::nullopt, icmp_type(135)), "uid none icmpv6 any type 135"},
      {box({1002, no_id}, ip_protocol::icmp, std::nullopt, {0x0300, 0x04ff}),
       "uid 1002-4294967294,none icmp any type 3-4"},
      {box({no_id - 1, no_id}, ip_protocol::icmp, std::nullopt, {0x0301, 0x0301}),
       "uid 4294967294,none icmp any type 3/1"},
      {box({0, no_id - 1}, ip_protocol::icmp, std::nullopt, {0x0301, 0x0304}),
       "uid 0-4294967294 icmp any type 3/1-3/4"},
      {lo, "uid 0-999 lo protocol 47 127.0.0.0/8"},
      {grouped, "uid 1001 gid 5-6 not lo udp 192.0.2.1-192.0.2.2 1-2"},
      {protocols, "protocol 7-16 any"},
  };
  for (const Row& row : rows) CHECK(to_string(row.box) == row.text);
}

TEST_CASE("lists are short") {
  struct Row {
    FlowSpace space;
    std::string_view text;
  };
  FlowBox lo;
  lo.loopback = true;
  const FlowSpace web = space({box(agent, ip_protocol::tcp, prefix("203.0.113.0/25"), https),
                               box(agent, ip_protocol::tcp, prefix("203.0.113.128/25"), https)});
  const Row rows[] = {
      {FlowSpace(), ""},
      {FlowSpace::all(), "any any\n"},
      {web, "uid 1001 tcp 203.0.113.0/24 443\n"},
      // What all addresses allow is said once, and what one allows besides is said apart.
      {space({box(agent, ip_protocol::tcp, std::nullopt, https),
              box(agent, ip_protocol::tcp, prefix("192.0.2.1"), {1, 100})}),
       "uid 1001 tcp any 443\n"
       "uid 1001 tcp 192.0.2.1 1-100\n"},
      // Neighbouring uids that share a grant.
      {space({box(agent, ip_protocol::tcp, prefix("192.0.2.1"), https),
              box({1002, 1002}, ip_protocol::tcp, prefix("192.0.2.1"), https),
              box({1002, 1002}, ip_protocol::udp, prefix("192.0.2.53"), {53, 53})}),
       "uid 1001-1002 tcp 192.0.2.1 443\n"
       "uid 1002 udp 192.0.2.53 53\n"},
      {web | FlowSpace(lo),
       "lo any any\n"
       "uid 1001 not lo tcp 203.0.113.0/24 443\n"},
      {~FlowSpace(box({0, no_id}, ip_protocol::tcp, prefix("192.0.2.1"))),
       "protocol 0-5 any\n"
       "tcp 0.0.0.0-192.0.2.0\n"
       "tcp 192.0.2.2-255.255.255.255\n"
       "tcp ::/0\n"
       "protocol 7-255 any\n"},
      {web - FlowSpace(box({0, no_id}, ip_protocol::tcp, prefix("203.0.113.64/26"))),
       "uid 1001 tcp 203.0.113.0/26 443\n"
       "uid 1001 tcp 203.0.113.128/25 443\n"},
  };
  for (const Row& row : rows) CHECK(text(row.space) == row.text);
}

TEST_CASE("the ends of every domain are part of it") {
  const FlowPoint corners[] = {
      {0, 0, false, 0, parse_address("0.0.0.0").value(), 0},
      {no_id, no_id, true, 255, parse_address("255.255.255.255").value(), 65535},
      {0, no_id, true, 0, parse_address("::").value(), 65535},
      {no_id, 0, false, 255, parse_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").value(), 0},
      {1, 2, false, 6, parse_address("0:0:0:1::").value(), 3},
      {1, 2, false, 6, parse_address("::ffff:ffff:ffff:ffff").value(), 3},
  };
  for (const FlowPoint& corner : corners) {
    CAPTURE(to_string(single(corner)));
    const FlowSpace one(single(corner));
    const FlowSpace rest = ~one;
    CHECK(one.contains(corner));
    CHECK(one.boxes() == std::vector{single(corner)});
    CHECK(one.any() == corner);
    CHECK_FALSE(rest.contains(corner));
    CHECK((one | rest) == FlowSpace::all());
    for (const FlowPoint& other : corners) CHECK(rest.contains(other) == (other != corner));
  }
}

TEST_CASE("a reversed or mixed range holds nothing") {
  FlowBox loopback;
  loopback.gids = {2, 1};
  FlowBox protocols;
  protocols.protocols = {17, 6};
  const FlowBox rows[] = {
      loopback,
      protocols,
      box({2, 1}, 6, std::nullopt),
      box(agent, 6, range("192.0.2.2", "192.0.2.1")),
      box(agent, 6, range("192.0.2.1", "2001:db8::1")),
      box(agent, 6, std::nullopt, {2, 1}),
  };
  for (const FlowBox& row : rows) CHECK(FlowSpace(row).empty());
  CHECK(FlowSpace::from_boxes(rows).empty());
  CHECK(FlowSpace::from_boxes({}) == FlowSpace());
}

TEST_CASE("a set outlives the sets it was made from") {
  FlowSpace copy;
  {
    const FlowSpace a(box(agent, 6, prefix("192.0.2.0/24"), https));
    const FlowSpace b(box(agent, 6, prefix("192.0.2.128/25")));
    copy = a - b;
    FlowSpace moved = copy;
    moved |= b;
    copy = std::move(moved);
  }
  copy &= FlowSpace(box({0, no_id}, 6, std::nullopt, https));
  CHECK(text(copy) == "uid 1001 tcp 192.0.2.0/24 443\n");
}

TEST_CASE("a set that is one box is like any other") {
  const Address four = ipv4(0xc6336407);
  const FlowBox empty{{5, 4}, {}, {}, {}, {}, {}};
  const FlowBox boxes[] = {
      {},
      {{1001, 1001}, {0, no_id}, true, {6, 6}, AddressRange{four, four}, {443, 443}},
      {{0, no_id}, {0, no_id}, std::nullopt, {0, 255}, range_of(Prefix{{Family::ipv6, 0, 0}, 0}), {0, 65535}},
      {{1000, 1005}, {0, no_id}, false, {17, 17}, std::nullopt, {0, 1024}},
      {{0, no_id}, {0, no_id}, false, {0, 255}, std::nullopt, {0, 65535}},
  };
  CHECK(FlowSpace(empty) == FlowSpace());
  for (const FlowBox& a : boxes) {
    const FlowSpace one(a);
    const FlowSpace stored = FlowSpace::from_boxes({&a, 1});
    CHECK(one == stored);
    CHECK(one.boxes() == stored.boxes());
    CHECK(one.any() == stored.any());
    CHECK(one.contains(*stored.any()));
    CHECK(~~one == one);
    for (const FlowBox& b : boxes) {
      const FlowSpace other(b);
      const FlowSpace both = one & other;
      CHECK(both == (stored & FlowSpace::from_boxes({&b, 1})));
      CHECK((one | other) - (one - other) == other);
      CHECK(FlowSpace::unite({one, other, both}) == (one | other));
      CHECK(one.contains(*FlowSpace(single(*other.any())).any()) ==
            !(FlowSpace(single(*other.any())) & stored).empty());
      CHECK(stored.stored_with(FlowSpace::from_boxes({&b, 1})) == one);
    }
  }
}

TEST_CASE("nothing and everything are what they are on either side of an operation") {
  FlowBox box;
  box.uids = {5, 9};
  const FlowSpace some = FlowSpace::from_boxes({&box, 1});
  const FlowSpace all = FlowSpace::all();
  const FlowSpace none;
  for (const FlowSpace& set : {some, FlowSpace(box), all, none}) {
    CHECK((set | none) == set);
    CHECK((none | set) == set);
    CHECK((set | all) == all);
    CHECK((all | set) == all);
    CHECK((set & none) == none);
    CHECK((none & set) == none);
    CHECK((set & all) == set);
    CHECK((all & set) == set);
    CHECK((set - none) == set);
    CHECK((none - set) == none);
    CHECK((set - all) == none);
    CHECK((all - set) == ~set);
  }
}
