// The terminal: whether what is printed may have colors, what the person there says, and whether it is a distant one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace egressc {

enum class ColorMode : std::uint8_t { automatic, always, never };

// "auto", "always", "never"; nullopt for anything else.
std::optional<ColorMode> parse_color_mode(std::string_view text);

// automatic: `fd` is a terminal that knows colors, and NO_COLOR is unset or empty (no-color.org).
bool use_color(ColorMode mode, int fd);

bool is_terminal(int fd);

// The question on standard error, and whether the line on standard input begins with y or Y. The end of the input
// is no, and so is a signal that would have ended the process (SIGINT, SIGTERM, SIGHUP).
bool ask(std::string_view question);

// Whether this process belongs to an ssh session: SSH_CONNECTION is set (ssh(1)), or a process that it descends from is
// sshd(8), since sudo(8) takes the variable away. Such a person would be cut off with the network.
bool in_ssh_session();

}  // namespace egressc
