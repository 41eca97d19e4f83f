#include "readers/effect.h"

namespace egressc::readers {
namespace {

FlowSpace also(const FlowSpace& before, const FlowSpace& passed, const FlowSpace& after) {
  return after.empty() ? before : before | (passed & after);
}

}  // namespace

Effect then(const Effect& first, const Effect& second) {
  return {also(first.accepted, first.passed, second.accepted), also(first.dropped, first.passed, second.dropped),
          also(first.returned, first.passed, second.returned), first.passed & second.passed};
}

Effect sequence(std::vector<Effect> effects) {
  if (effects.empty()) return {};
  while (effects.size() > 1) {
    std::size_t made = 0;
    for (std::size_t i = 0; i + 1 < effects.size(); i += 2) effects[made++] = then(effects[i], effects[i + 1]);
    if (effects.size() % 2 != 0) effects[made++] = std::move(effects.back());
    effects.resize(made);
  }
  return std::move(effects.front());
}

}  // namespace egressc::readers
