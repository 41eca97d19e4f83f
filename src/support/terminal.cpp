#include "support/terminal.h"

#include <unistd.h>

#include <cstdlib>

#include "support/descriptor.h"

namespace egressc {
namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::optional<ColorMode> parse_color_mode(std::string_view text) {
  if (text == "auto") return ColorMode::automatic;
  if (text == "always") return ColorMode::always;
  if (text == "never") return ColorMode::never;
  return std::nullopt;
}

bool use_color(ColorMode mode, int fd) {
  if (mode != ColorMode::automatic) return mode == ColorMode::always;
  const std::string_view terminal = environment("TERM");
  return environment("NO_COLOR").empty() && !terminal.empty() && terminal != "dumb" && is_terminal(fd);
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

bool ask(std::string_view question) {
  if (write_all(STDERR_FILENO, question) != 0) return false;
  // Byte by byte: what follows the line is not ours.
  char first = 0;
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) == 1) {
    if (byte == '\n') return first == 'y' || first == 'Y';
    if (first == 0) first = byte;
  }
  return false;
}

}  // namespace egressc
