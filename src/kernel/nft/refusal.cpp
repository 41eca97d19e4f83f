#include "kernel/nft/refusal.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>

namespace egressc::kernel {
namespace {

constexpr std::size_t most_errors = 20;
constexpr std::size_t longest_message = 1000;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string line_of(std::string_view text, std::uint32_t number) {
  for (; number > 1 && !text.empty(); --number) (void)take_line(text);
  return number == 1 ? std::string(take_line(text)) : std::string();
}

std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take_prefix(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// "/dev/stdin:3:25-25: Error: " at the beginning of a line of libnftables.
std::optional<Location> take_place(std::string_view& line, const std::string& file) {
  std::string_view rest = line;
  if (!take_prefix(rest, "/dev/stdin:")) return std::nullopt;
  const auto number = take_number(rest);
  if (!number || !take_prefix(rest, ":")) return std::nullopt;
  const auto column = take_number(rest);
  if (!column) return std::nullopt;
  if (take_prefix(rest, "-")) (void)take_number(rest);
  if (!take_prefix(rest, ": Error: ")) return std::nullopt;
  line = rest;
  return Location{file, *number, *column};
}

// EMSGSIZE of the transaction, and ENOBUFS of the answers to it.
bool says_too_large(std::string_view line) {
  for (const int error_number : {EMSGSIZE, ENOBUFS})
    if (line ==
        fmt::format("netlink: Error: Could not process rule: {}", std::generic_category().message(error_number)))
      return true;
  return false;
}

// "line: 3", "line 3": the last one, since an iptables-restore names what it read first.
std::uint32_t line_number(std::string_view errors) {
  const std::size_t place = errors.rfind("line");
  if (place == errors.npos) return 0;
  std::string_view rest = errors.substr(place + 4);
  (void)take_prefix(rest, ":");
  return take_prefix(rest, " ") ? take_number(rest).value_or(0) : 0;
}

}  // namespace

bool refuse_nul(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  const std::size_t place = text.find('\0');
  if (place == text.npos) return false;
  Location where{file, 1, 1};
  for (const char character : text.substr(0, place)) {
    where.column = character == '\n' ? 1 : where.column + 1;
    where.line += character == '\n' ? 1 : 0;
  }
  diagnostics.error(std::move(where), "a NUL byte", "a ruleset is text: take it out");
  return true;
}

TrialOutcome explain_nft_errors(std::string_view errors, std::string_view text, const std::string& file,
                                Diagnostics& diagnostics) {
  if (std::string_view rest = errors; says_too_large(take_line(rest))) {
    diagnostics.error({file}, "too large for one message to the kernel",
                      "root may send larger ones: run egressc as root");
    return TrialOutcome::too_large;
  }
  std::size_t found = 0;
  for (std::string_view rest = errors; !rest.empty() && found < most_errors;) {
    std::string_view line = take_line(rest);
    auto where = take_place(line, file);
    if (!where) continue;
    std::string source = line_of(text, where->line);
    diagnostics.error(std::move(*where), "nftables refuses it: " + printable(line, longest_message), {},
                      std::move(source));
    ++found;
  }
  if (found == 0) {
    while (errors.ends_with('\n')) errors.remove_suffix(1);
    diagnostics.error({file}, "nftables refuses it: " + printable(errors, longest_message));
  }
  return TrialOutcome::refused;
}

void explain_program_errors(std::string_view program, int status, std::string_view errors, std::string_view text,
                            const std::string& file, Diagnostics& diagnostics) {
  std::string message;
  for (std::string_view rest = errors.substr(0, longest_message); !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (line.empty() || line.starts_with("Try `")) continue;
    message += message.empty() ? "" : "; ";
    message += line;
  }
  if (message.empty()) message = fmt::format("exit status {}", status);
  const std::uint32_t number = text.empty() ? 0 : line_number(errors);
  diagnostics.error({file, number}, fmt::format("{} refuses it: {}", program, printable(message, longest_message)), {},
                    line_of(text, number));
}

}  // namespace egressc::kernel
