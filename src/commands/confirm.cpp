#include "commands/commands.h"
#include "deploy/deploy.h"

namespace egressc::commands {
namespace {

int run(ChangeOptions& options, Diagnostics&) { return confirm_change(*make_kernel(), options); }

}  // namespace

int confirm(const Words& words) { return run_command("confirm", words, run); }

}  // namespace egressc::commands
