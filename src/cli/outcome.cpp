#include "cli/outcome.h"

#include <fmt/core.h>

#include "support/output.h"

namespace egressc {

void render(const Diagnostics& diagnostics, ColorMode color) {
  (void)write_stderr(diagnostics.render(use_color(color, 2)));
}

int fail(const Failure& failure, int status) {
  (void)write_stderr(fmt::format("egressc: {}\n", failure.message));
  return status;
}

int print(const std::string& text, int status) {
  const auto written = write_stdout(text);
  return written ? status : fail(written.failure(), exit_status::system_refused);
}

}  // namespace egressc
