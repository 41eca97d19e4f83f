#include "commands/commands.h"
#include "deploy/deploy.h"

namespace egressc::commands {
namespace {

int run_remove(ChangeOptions& options, Diagnostics&) { return remove_rules(*make_kernel(), options); }

}  // namespace

int remove(const Words& words) { return run_command("remove", words, run_remove, nothing_changed); }

}  // namespace egressc::commands
