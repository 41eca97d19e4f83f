#include "commands/commands.h"
#include "deploy/deploy.h"

namespace egressc::commands {
namespace {

int run(ChangeOptions& options, Diagnostics&) { return roll_back(*make_kernel(), options); }

}  // namespace

int rollback(const Words& words) { return run_command("rollback", words, run, nothing_changed); }

}  // namespace egressc::commands
