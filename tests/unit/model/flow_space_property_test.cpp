#include <doctest/doctest.h>

#include <algorithm>

#include "flow_space_universe.h"

using namespace egressc;
using namespace egressc::test;

namespace {

FlowSpace one_by_one(const std::vector<FlowBox>& boxes) {
  FlowSpace space;
  for (const FlowBox& box : boxes) space |= FlowSpace(box);
  return space;
}

std::vector<FlowBox> shuffled(std::vector<FlowBox> boxes, Random& random) {
  for (std::size_t i = boxes.size(); i > 1; --i) std::swap(boxes[i - 1], boxes[random.below(i)]);
  return boxes;
}

// A set that was computed rather than built: nodes of several arenas, operands that share nodes.
FlowSpace random_space(Random& random, int depth) {
  if (depth == 0 || random.below(4) == 0) return FlowSpace::from_boxes(random_boxes(random, 4));
  const FlowSpace a = random_space(random, depth - 1);
  switch (random.below(4)) {
    case 0:
      return ~a;
    case 1:
      return a | random_space(random, depth - 1);
    case 2:
      return a & random_space(random, depth - 1);
    default:
      return a - random_space(random, depth - 1);
  }
}

// Every cell's first flow. Cells are taken whole or not at all, so this is what the boxes say, exactly.
Model members(const FlowSpace& space) {
  Model model;
  for (std::size_t i = 0; i < cells; ++i) model[i] = space.contains(point(cell(i)));
  return model;
}

void check_against_model(const FlowSpace& space, const Model& model) {
  const std::vector<FlowBox> boxes = space.boxes();
  std::size_t overlaps = 0;
  CHECK(model_of(boxes, &overlaps) == model);
  CHECK(overlaps == 0);
  CHECK(std::is_sorted(boxes.begin(), boxes.end()));
  CHECK(FlowSpace::from_boxes(boxes) == space);
  CHECK(space.empty() == model.none());
  CHECK((space == FlowSpace::all()) == model.all());
  const auto some = space.any();
  REQUIRE(some.has_value() == model.any());
  if (some) CHECK(space.contains(*some));
}

}  // namespace

TEST_CASE("the algebra is that of sets of cells") {
  Random random(1);
  for (int round = 0; round < 500; ++round) {
    CAPTURE(round);
    const auto boxes_a = random_boxes(random, 8);
    const auto boxes_b = random_boxes(random, 8);
    const FlowSpace a = FlowSpace::from_boxes(boxes_a);
    const FlowSpace b = FlowSpace::from_boxes(boxes_b);
    const Model model_a = model_of(boxes_a);
    const Model model_b = model_of(boxes_b);
    REQUIRE(members(a) == model_a);
    check_against_model(a, model_a);
    check_against_model(a | b, model_a | model_b);
    check_against_model(a & b, model_a & model_b);
    check_against_model(a - b, model_a & ~model_b);
    check_against_model(~a, ~model_a);
    CHECK((a == b) == (model_a == model_b));
  }
}

TEST_CASE("equal sets are equal however they were made") {
  Random random(2);
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    const auto boxes = random_boxes(random, 12);
    const FlowSpace space = FlowSpace::from_boxes(boxes);
    const FlowSpace other = FlowSpace::from_boxes(shuffled(boxes, random));
    CHECK(other == space);
    CHECK(one_by_one(shuffled(boxes, random)) == space);
    CHECK((space | other) == other);
    CHECK((space - other).empty());
    CHECK(other.boxes() == space.boxes());
    CHECK(other.any() == space.any());
    FlowSpace rest = FlowSpace::all();
    for (const FlowBox& box : boxes) rest -= FlowSpace(box);
    CHECK(~rest == space);
  }
}

TEST_CASE("laws of sets") {
  Random random(3);
  const FlowSpace none;
  const FlowSpace all = FlowSpace::all();
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    const FlowSpace a = random_space(random, 3);
    const FlowSpace b = random_space(random, 3);
    const FlowSpace c = random_space(random, 2);
    CHECK((a | b) == (b | a));
    CHECK((a & b) == (b & a));
    CHECK(((a | b) | c) == (a | (b | c)));
    CHECK(((a & b) & c) == (a & (b & c)));
    CHECK((a & (b | c)) == ((a & b) | (a & c)));
    CHECK((a | (b & c)) == ((a | b) & (a | c)));
    CHECK((a | (a & b)) == a);
    CHECK((a & (a | b)) == a);
    CHECK(~(a | b) == (~a & ~b));
    CHECK(~(a & b) == (~a | ~b));
    CHECK(~~a == a);
    CHECK((a - b) == (a & ~b));
    CHECK(((a - b) | (a & b)) == a);
    CHECK(((a - b) & b).empty());
    CHECK((a | ~a) == all);
    CHECK((a & ~a) == none);
    CHECK((a | none) == a);
    CHECK((a & all) == a);
    CHECK((a | all) == all);
    CHECK((a & none) == none);
    CHECK((a == b) == ((a - b).empty() && (b - a).empty()));
  }
}

// Without reclaiming, the sums alone would go beyond the limit of 2^24 edges.
TEST_CASE("a long computation keeps its operands while storage is reclaimed") {
  Random random(4);
  std::vector<FlowBox> hosts(4500);
  for (FlowBox& box : hosts) {
    const Address to = ipv4(static_cast<std::uint32_t>(random.next()));
    box.uids = {1001, 1001};
    box.addresses = AddressRange{to, to};
  }
  FlowSpace sum;
  std::vector<FlowSpace> kept;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    sum |= FlowSpace(hosts[i]);
    if (i % 500 == 0) kept.push_back(sum);
  }
  CHECK(sum == FlowSpace::from_boxes(hosts));
  for (const FlowBox& box : hosts) sum -= FlowSpace(box);
  CHECK(sum.empty());
  for (std::size_t i = 0; i < kept.size(); ++i)
    CHECK(kept[i] == FlowSpace::from_boxes(std::span(hosts).first(i * 500 + 1)));
}
