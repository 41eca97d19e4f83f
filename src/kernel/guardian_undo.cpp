#include "kernel/guardian_undo.h"

#include <exception>

#include "kernel/bulk_change.h"
#include "kernel/clock.h"
#include "kernel/nft.h"

namespace egressc::kernel {
namespace {

constexpr int most_attempts = 7;
constexpr std::chrono::milliseconds first_pause{100};  // doubled each time: 6.3 s in all

Result<Done> undo_once(const GuardianOrder& order, std::chrono::nanoseconds armed) {
  try {
    const std::string text = order.undo(std::chrono::floor<std::chrono::milliseconds>(since_boot() - armed));
    const std::string file = "undo";
    const auto change = ready_change(text, file, Commit{}, batch_in_bulk(text))();
    if (!change) return change.failure();
    if (change->outcome != ChangeOutcome::done) return Failure{change->refusal.render(false)};
    return Done{};
  } catch (const std::exception& error) { return Failure{error.what()}; }
}

}  // namespace

Result<Done> undo(const GuardianOrder& order, std::chrono::nanoseconds armed) {
  auto pause = first_pause;
  for (int attempt = 1;; ++attempt, pause *= 2) {
    auto done = undo_once(order, armed);
    if (done || attempt == most_attempts) return done;
    pause_for(pause);
  }
}

}  // namespace egressc::kernel
