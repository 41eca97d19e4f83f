#include "commands/rollback.h"

#include "cli/change_arguments.h"
#include "deploy/deploy.h"

namespace egressc {
namespace {

constexpr std::string_view usage =
    "usage: egressc rollback [options]\n\n"
    "Goes back to the rules from before the last change. A change that waits for its confirmation is undone at once,\n"
    "without a question; later on, the policy before the current one is applied again, as egressc apply does it.\n\n"
    "Exit status: 0 done, 2 wrong input, 3 refused, nothing changed. See egressc-rollback(1).\n";

int run(const ChangeOptions& options) { return roll_back(*make_kernel(), options); }

}  // namespace

int rollback(const std::vector<std::string>& arguments) {
  return run_change_command({"rollback", usage, nullptr, nullptr, run}, arguments);
}

}  // namespace egressc
