#include "commands/commands.h"
#include "deploy/deploy.h"

namespace egressc::commands {
namespace {

int run_rollback(ChangeOptions& options, Diagnostics&) { return roll_back(*make_kernel(), options); }

}  // namespace

int rollback(const Words& words) { return run_command("rollback", words, run_rollback, nothing_changed); }

}  // namespace egressc::commands
