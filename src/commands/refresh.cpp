#include "commands/commands.h"
#include "deploy/deploy.h"

namespace egressc::commands {
namespace {

int run_refresh(RefreshOptions& options, Diagnostics&) { return refresh_live_sets(*make_kernel(), options); }

}  // namespace

int refresh(const Words& words) { return run_command("refresh", words, run_refresh); }

}  // namespace egressc::commands
