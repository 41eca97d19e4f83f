#include "commands/commands.h"
#include "deploy/deploy.h"

namespace egressc::commands {
namespace {

int run_confirm(ChangeOptions& options, Diagnostics&) { return confirm_change(*make_kernel(), options); }

}  // namespace

int confirm(const Words& words) { return run_command("confirm", words, run_confirm); }

}  // namespace egressc::commands
