// How a command ends: its exit status, and what it says last. And who says it.
#pragma once

#include <string>
#include <string_view>

#include "egressc/diagnostics.h"
#include "support/output.h"
#include "support/terminal.h"

namespace egressc {

// From the one place where it is written: meson.build.
inline constexpr std::string_view version = EGRESSC_VERSION;

// Diagnostics on standard error.
inline void render(const Diagnostics& diagnostics, ColorMode color) {
  (void)write_stderr(diagnostics.render(use_color(color, 2)));
}

}  // namespace egressc

// egressc(1)
namespace egressc::exit_status {

inline constexpr int done = 0;
inline constexpr int difference = 1;  // diff found one, check found something
inline constexpr int wrong_input = 2;
inline constexpr int system_refused = 3;
inline constexpr int rolled_back = 4;
inline constexpr int not_equal = 5;

}  // namespace egressc::exit_status

namespace egressc {

// "egressc: MESSAGE" on standard error. Returns `status`.
inline int fail(const Failure& failure, int status) {
  (void)write_stderr("egressc: " + failure.message + '\n');
  return status;
}

// `text` on standard output. Returns `status`, or system_refused where it cannot be written.
inline int print(const std::string& text, int status = exit_status::done) {
  const auto written = write_stdout(text);
  return written ? status : fail(written.failure(), exit_status::system_refused);
}

}  // namespace egressc
