// compare_sides() and by_subject() on a universe small enough to look at every cell.
#include <doctest/doctest.h>

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "compare/compare_fixture.h"
#include "flow_space_universe.h"

using namespace egressc;
using namespace egressc::compare_tests;

namespace {

test::Model cells_of(const FlowSpace& flows) {
  test::Model model;
  for (std::size_t i = 0; i < test::cells; ++i) model[i] = flows.contains(test::point(test::cell(i)));
  return model;
}

// Of whole cells, but for packets without a socket.
FlowSpace random_universe(test::Random& random) {
  const std::size_t which = random.below(4);
  if (which > 1) return FlowSpace::all();
  FlowBox box;
  box.addresses = range_of(Prefix{{which == 0 ? Family::ipv4 : Family::ipv6, 0, 0}, 0});
  return FlowSpace(box);
}

// Only some protocols have ports.
FlowBox realistic_box(test::Random& random) {
  FlowBox box = test::random_box(random);
  if (random.below(2) == 0) box.protocols = {ip_protocol::udp, ip_protocol::udp};
  const bool has_ports = box.protocols.first == box.protocols.last &&
                         (box.protocols.first == ip_protocol::tcp || box.protocols.first == ip_protocol::udp);
  if (!has_ports) box.ports = {};
  return box;
}

FlowSpace cells_flows(test::Random& random) { return FlowSpace::from_boxes(test::random_boxes(random, 4)); }

FlowSpace realistic_flows(test::Random& random) {
  std::vector<FlowBox> boxes(random.below(5));
  for (FlowBox& box : boxes) box = realistic_box(random);
  return FlowSpace::from_boxes(boxes);
}

// With bounds that differ in one case of two.
Side random_side(test::Random& random, FlowSpace (*random_flows)(test::Random&)) {
  Side side{"", {}, random_universe(random), std::nullopt};
  side.meaning.least = random_flows(random) & side.universe;
  side.meaning.most = side.meaning.least;
  if (random.below(2) == 0) side.meaning.most |= random_flows(random) & side.universe;
  return side;
}

std::vector<std::uint32_t> numbers_in(std::string_view text) {
  std::vector<std::uint32_t> numbers;
  for (const char* at = text.data(); at < text.data() + text.size();) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(at, text.data() + text.size(), number);
    if (error == std::errc()) numbers.push_back(number);
    at = error == std::errc() ? end : at + 1;
  }
  return numbers;
}

// What a service's text says, read by somebody who has not seen how it was made.
FlowBox box_of(const std::string& service) {
  FlowBox box;
  const auto numbers = numbers_in(service);
  const auto protocol = [&](std::uint32_t first, std::uint32_t last) {
    box.protocols = {static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(last)};
  };
  const auto ports = [&](std::uint32_t first, std::uint32_t last) {
    box.ports = {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
  };
  if (service == "any protocol") return box;
  if (service.starts_with("protocol")) {
    protocol(numbers.front(), numbers.back());
  } else if (service.starts_with("tcp") || service.starts_with("udp")) {
    protocol(service.starts_with("tcp") ? 6 : 17, service.starts_with("tcp") ? 6 : 17);
    if (!numbers.empty()) ports(numbers.front(), numbers.back());
  } else {
    FAIL("unexpected service: " << service);
  }
  return box;
}

FlowSpace flows_of_list(const FlowList& list, const FlowSpace& universe) {
  std::vector<FlowBox> boxes;
  for (const FlowLine& line : list.lines) {
    CHECK(line.names.empty());
    for (const std::string& service : line.services) {
      FlowBox box = box_of(service);
      box.loopback = line.loopback;
      if (line.addresses.empty()) boxes.push_back(box);
      for (const AddressRange& range : line.addresses) {
        box.addresses = range;
        boxes.push_back(box);
      }
    }
  }
  const FlowSpace flows = FlowSpace::from_boxes(boxes);
  const FlowSpace all = list.family ? family(*list.family) : FlowSpace::all();
  return (list.all_but ? all - flows : flows) & universe;
}

FlowSpace ids_of(const SubjectDifference& subject) {
  std::vector<FlowBox> boxes;
  const std::vector<IdRange> any = {{0, no_id - 1}};
  if (subject.with_socket)
    for (const IdRange& uids : subject.uids.empty() ? any : subject.uids)
      for (const IdRange& gids : subject.gids.empty() ? any : subject.gids) {
        FlowBox& box = boxes.emplace_back();
        box.uids = uids;
        box.gids = gids;
      }
  if (subject.without_socket) {
    FlowBox& box = boxes.emplace_back();
    box.uids = box.gids = {no_id, no_id};
  }
  return FlowSpace::from_boxes(boxes);
}

FlowSpace told(const std::vector<SubjectDifference>& subjects, FlowList SubjectDifference::*list,
               const FlowSpace& universe) {
  std::vector<FlowSpace> sets;
  for (const SubjectDifference& subject : subjects)
    sets.push_back(flows_of_list(subject.*list, universe) & ids_of(subject));
  return FlowSpace::unite(std::move(sets));
}

// Who it is about matters to by_subject() alone.
std::optional<Policy> random_people(test::Random& random) {
  if (random.below(3) == 0) return std::nullopt;
  Policy policy;
  for (const std::uint32_t uid : {0U, 1001U, 1500U}) {
    if (random.below(2) == 0) continue;
    Subject& subject = policy.subjects.emplace_back();
    subject.label = "subject-" + std::to_string(uid);
    subject.uids = {{uid, uid + static_cast<std::uint32_t>(random.below(3))}};
    if (random.below(3) == 0) subject.gids = {{100, 199}};
  }
  return policy;
}

}  // namespace

TEST_CASE("compare() agrees with a model of every cell") {
  test::Random random(20261127);
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    const Side before = random_side(random, cells_flows);
    const Side after = random_side(random, cells_flows);
    const Difference found = compare_sides(before, after);
    const test::Model universe = cells_of(before.universe) & cells_of(after.universe);
    const test::Model old_least = cells_of(before.meaning.least) & universe;
    const test::Model old_most = cells_of(before.meaning.most) & universe;
    const test::Model new_least = cells_of(after.meaning.least) & universe;
    const test::Model new_most = cells_of(after.meaning.most) & universe;
    CHECK(cells_of(found.universe) == universe);
    CHECK(cells_of(found.added) == (new_least & ~old_most));
    CHECK(cells_of(found.removed) == (old_least & ~new_most));
    CHECK(cells_of(found.possibly_added) == (new_most & ~old_least & ~(new_least & ~old_most)));
    CHECK(cells_of(found.possibly_removed) == (old_most & ~new_least & ~(old_least & ~new_most)));
    CHECK(cells_of(found.unchanged) == (old_least & new_least));
    CHECK(found.widens() == (new_most & ~old_least).any());
    CHECK(found.empty() == ((new_most & ~old_least) | (old_most & ~new_least)).none());
  }
}

TEST_CASE("by_subject() tells every flow of a difference and no other") {
  test::Random random(3);
  for (int round = 0; round < 1500; ++round) {
    CAPTURE(round);
    Side before = random_side(random, realistic_flows);
    Side after = random_side(random, realistic_flows);
    for (Side* const side : {&before, &after})
      for (FlowSpace* const flows : {&side->universe, &side->meaning.least, &side->meaning.most})
        *flows &= possible_flows();
    before.policy = random_people(random);
    after.policy = random_people(random);
    const Difference difference = compare_sides(before, after);
    const auto subjects = by_subject(difference, before, after, LiveMarkers());
    const FlowSpace& universe = difference.universe;
    CHECK(told(subjects, &SubjectDifference::added, universe) == difference.added);
    CHECK(told(subjects, &SubjectDifference::removed, universe) == difference.removed);
    CHECK(told(subjects, &SubjectDifference::possibly_added, universe) == difference.possibly_added);
    CHECK(told(subjects, &SubjectDifference::possibly_removed, universe) == difference.possibly_removed);
    for (const SubjectDifference& subject : subjects) {
      CHECK((subject.with_socket || subject.without_socket));
      CHECK(!(subject.added.empty() && subject.removed.empty() && subject.possibly_added.empty() &&
              subject.possibly_removed.empty()));
    }
  }
}
