// Times of FlowSpace on 200 subjects with 500 grants each, and whether they are within bounds: for each step eight
// times what it takes to build the first set, which a busy machine slows down alike, and 500 MB for all.
#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "egressc/flow_space.h"

using namespace egressc;

namespace {

constexpr std::uint32_t subjects = 200;
constexpr std::uint32_t grants = 100'000;

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
  value = (value ^ value >> 27) * 0x94d049bb133111ebU;
  return value ^ value >> 31;
}

// Addresses and a few prefixes of both families, a dozen services. Of two lists with different seeds nine grants in ten
// are the same.
std::vector<FlowBox> policy(std::uint64_t seed) {
  constexpr std::uint16_t ports[] = {22, 53, 80, 123, 443, 853, 3306, 5432, 6379, 8080, 8443, 9418};
  std::vector<FlowBox> boxes(grants);
  for (std::uint32_t i = 0; i < grants; ++i) {
    const std::uint64_t random = mixed(i / subjects % 10 == 0 ? i + (seed << 32) : i);
    const std::uint64_t address = mixed(random);
    FlowBox& box = boxes[i];
    box.uids = {1000 + i % subjects, 1000 + i % subjects};
    const std::uint8_t protocol = random % 4 == 0 ? ip_protocol::udp : ip_protocol::tcp;
    box.protocols = {protocol, protocol};
    const unsigned host = (random >> 8) % 8 == 0 ? 8 : 0;
    const std::uint64_t low = address >> host << host;
    const std::uint64_t last = low | ((1U << host) - 1);
    if ((random >> 16) % 3 == 0)
      box.addresses = AddressRange{{Family::ipv6, 0x20010db800000000, low}, {Family::ipv6, 0x20010db800000000, last}};
    else
      box.addresses = AddressRange{ipv4(static_cast<std::uint32_t>(low)), ipv4(static_cast<std::uint32_t>(last))};
    const std::uint16_t port = ports[(random >> 24) % std::size(ports)];
    box.ports = {port, port};
  }
  return boxes;
}

constexpr double most_builds = 8;
constexpr double most_megabytes = 500;
double slowest = 0;

class Stopwatch {
 public:
  // Milliseconds of the processor since the lap before.
  double lap() {
    const std::clock_t now = std::clock();
    const double time = 1000.0 * static_cast<double>(now - start_) / CLOCKS_PER_SEC;
    start_ = now;
    return time;
  }

 private:
  std::clock_t start_ = std::clock();
};

void report(std::string_view what, double milliseconds, std::size_t boxes) {
  slowest = std::max(slowest, milliseconds);
  fmt::print("{:<34} {:8.1f} ms", what, milliseconds);
  if (boxes != 0) fmt::print("  {} boxes", boxes);
  fmt::print("\n");
}

}  // namespace

int main() {
  const std::vector<FlowBox> old_boxes = policy(1);
  const std::vector<FlowBox> new_boxes = policy(2);
  Stopwatch watch;
  const FlowSpace a = FlowSpace::from_boxes(old_boxes);
  const double build = watch.lap();
  report("build, 100,000 grants", build, 0);
  const FlowSpace b = FlowSpace::from_boxes(new_boxes);
  report("build, another such", watch.lap(), 0);
  const FlowSpace removed = a - b;
  report("difference", watch.lap(), 0);
  const FlowSpace added = b - a;
  report("difference, the other way", watch.lap(), 0);
  const bool equal = a == b;
  report(equal ? "equal" : "not equal", watch.lap(), 0);
  const bool same = ((a - removed) | added) == b;
  report(same ? "a - removed + added equals b" : "WRONG: not b", watch.lap(), 0);
  const std::size_t removed_count = removed.boxes().size();
  report("list of the difference", watch.lap(), removed_count);
  const std::size_t all_count = a.boxes().size();
  report("list of the whole", watch.lap(), all_count);
  const FlowSpace denied = ~a;
  report("complement", watch.lap(), 0);
  FlowSpace sum;
  for (std::size_t i = 0; i < old_boxes.size(); i += 5) sum |= FlowSpace(old_boxes[i]);
  report("20,000 grants added one by one", watch.lap(), 0);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double megabytes = static_cast<double>(usage.ru_maxrss) / 1024;
  fmt::print("{:<34} {:8.1f} MB\n", "memory at most", megabytes);
  const bool is_right = same && (denied & a).empty();
  const bool is_bounded = slowest < most_builds * build && megabytes < most_megabytes;
  if (!is_bounded) fmt::print("over the bounds: {} times the first step, {} MB\n", most_builds, most_megabytes);
  return is_right && is_bounded ? 0 : 1;
}
