#include <doctest/doctest.h>

#include <new>

#include "model/flows/arena.h"

namespace egressc::model {
namespace {

// Every uid cuts every other's addresses: the edges grow with the square of the boxes.
std::vector<FlowBox> staircase(std::uint32_t steps) {
  std::vector<FlowBox> boxes(steps);
  for (std::uint32_t i = 0; i < steps; ++i) {
    boxes[i].uids = {i, i + steps};
    boxes[i].addresses = AddressRange{ipv4(2 * i), ipv4(2 * i)};
  }
  return boxes;
}

}  // namespace

TEST_CASE("storage is limited, and what a failed operation left behind is reclaimed") {
  FlowArena arena(1000);
  const FlowNode small = arena.unite(staircase(5));
  const std::vector<FlowBox> boxes = flow_boxes(arena, small);
  arena.retain(small);
  for (int round = 0; round < 3; ++round) {
    CHECK_THROWS_AS(arena.unite(staircase(100)), FlowLimit);
    CHECK(arena.size() <= 1000);
    CHECK(flow_boxes(arena, small) == boxes);
    CHECK(arena.unite(staircase(5)) == small);
    arena.collect();
    CHECK(arena.size() < 100);
    CHECK(arena.unite(boxes) == small);
    CHECK(arena.apply(FlowOperation::subtract, small, arena.unite(boxes)) == flow_none);
  }
  arena.release(small);
}

TEST_CASE("nodes are limited too") {
  FlowArena arena(400);
  std::vector<FlowBox> boxes(200);
  for (std::uint32_t i = 0; i < 200; ++i) {
    boxes[i].uids = {0, i};
    boxes[i].ports = {static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(i)};
  }
  CHECK_THROWS_AS(arena.unite(boxes), FlowLimit);
  CHECK(arena.node_count() <= 102);
}

TEST_CASE("lists are limited") {
  FlowArena arena;
  const FlowNode node = arena.unite(staircase(10));
  const std::size_t count = flow_boxes(arena, node).size();
  CHECK(count == 10);
  CHECK_THROWS_AS(flow_boxes(arena, node, count - 1), FlowLimit);
  CHECK_NOTHROW(flow_boxes(arena, node, 1000));
}

TEST_CASE("What does not fit is a failure, and what does is a value") {
  const auto boxes_within = [](std::size_t most) {
    return within_flow_limit([&] {
      FlowArena arena;
      const FlowNode node = arena.unite(staircase(20));
      return flow_boxes(arena, node, most).size();
    });
  };
  const auto all = boxes_within(max_flow_boxes);
  REQUIRE(all);
  CHECK(*all >= 20);
  CHECK(boxes_within(1000));
  const auto fewer = boxes_within(*all - 1);
  REQUIRE(!fewer);
  CHECK(fewer.failure().message == "the flows do not fit into memory");

  // A failure of what is computed is its own.
  const auto inner = within_flow_limit([]() -> Result<int> { return Failure{"no such file"}; });
  REQUIRE(inner);
  REQUIRE(!*inner);
  CHECK(inner->failure().message == "no such file");
  CHECK_THROWS_AS((void)within_flow_limit([]() -> int { throw std::bad_alloc(); }), std::bad_alloc);
}

}  // namespace egressc::model
