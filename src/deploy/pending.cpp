#include "deploy/pending.h"

#include <fmt/core.h>

#include "deploy/change_site.h"
#include "kernel/guardian/guardian.h"
#include "report/summary.h"

namespace egressc {
namespace {

constexpr std::chrono::seconds patience{5};

}  // namespace

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
