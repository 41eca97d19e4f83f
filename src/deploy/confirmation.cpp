#include "deploy/confirmation.h"

#include <fmt/core.h>

#include "deploy/site.h"
#include "kernel/guardian/guardian.h"

namespace egressc {
namespace {

constexpr std::chrono::seconds patience{5};

}  // namespace

std::string duration_text(std::chrono::milliseconds time) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

std::string confirmation_pending(const State& state, const NetworkNamespace& network) {
  const auto answer = ask_guardian(state.socket(), GuardianRequest::status, patience);
  if (!answer) return answer.failure().message;
  switch (answer->kind) {
    case GuardianAnswer::Kind::nobody:
      return {};
    case GuardianAnswer::Kind::waiting:
      return fmt::format("a change waits for its confirmation, and is undone in {}: `{}` keeps it, `{}` undoes it now",
                         duration_text(answer->left), command_there("confirm", network),
                         command_there("rollback", network));
    default:
      return "another change is under way: try again when it has ended";
  }
}

}  // namespace egressc
