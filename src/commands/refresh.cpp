#include "commands/refresh.h"

#include "cli/outcome.h"
#include "cli/refresh_options.h"
#include "deploy/deploy.h"

namespace egressc {
int refresh(const std::vector<std::string>& arguments) {
  if (wants_help(arguments)) return print(refresh_help());
  Diagnostics diagnostics;
  const auto options = parse_refresh_options(arguments, diagnostics);
  if (!options) return fail(options.failure(), exit_status::wrong_input);
  if (!*options) {
    render(diagnostics, ColorMode::automatic);
    return exit_status::wrong_input;
  }
  return refresh_live_sets(*make_kernel(), **options);
}

}  // namespace egressc
