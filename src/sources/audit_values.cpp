#include "sources/audit_values.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "egressc/observation.h"

namespace egressc::audit {
namespace {

struct Error {
  std::string_view name;
  std::int32_t number;
};
// What system calls on sockets return.
constexpr Error errors[] = {
    {"EINPROGRESS", EINPROGRESS},
    {"ECONNREFUSED", ECONNREFUSED},
    {"EPERM", EPERM},
    {"EAGAIN", EAGAIN},
    {"ENETUNREACH", ENETUNREACH},
    {"EHOSTUNREACH", EHOSTUNREACH},
    {"EACCES", EACCES},
    {"EAFNOSUPPORT", EAFNOSUPPORT},
    {"EALREADY", EALREADY},
    {"EINTR", EINTR},
    {"EISCONN", EISCONN},
    {"ETIMEDOUT", ETIMEDOUT},
    {"EADDRNOTAVAIL", EADDRNOTAVAIL},
    {"ENOTCONN", ENOTCONN},
    {"EDESTADDRREQ", EDESTADDRREQ},
    {"EINVAL", EINVAL},
    {"EPIPE", EPIPE},
    {"ECONNRESET", ECONNRESET},
    {"ENOENT", ENOENT},
    {"ENOBUFS", ENOBUFS},
    {"EMSGSIZE", EMSGSIZE},
    {"EPROTONOSUPPORT", EPROTONOSUPPORT},
    {"EMFILE", EMFILE},
    {"EFAULT", EFAULT},
};
constexpr std::int32_t some_error = 4095;  // MAX_ERRNO (linux/err.h)

bool decode_hex(std::string_view text, TextBuffer& buffer, std::size_t& size) {
  if (text.empty() || text.size() % 2 != 0) return false;
  size = 0;
  for (std::size_t i = 0; i < text.size() && size < buffer.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    buffer[size++] = static_cast<char>(high << 4 | low);
  }
  return true;
}

}  // namespace

std::optional<std::uint64_t> decimal(std::string_view text) {
  if (text.empty() || text.size() > 19) return std::nullopt;  // ten times more may not fit
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

std::optional<std::uint64_t> hex(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  if (text.empty() || text.size() > 16) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0) return std::nullopt;
    number = number << 4 | static_cast<std::uint64_t>(digit);
  }
  return number;
}

std::uint32_t user_or_group(std::string_view text) {
  static constexpr std::string_view unknown = "unknown(";
  if (text == "root") return 0;
  if (text.starts_with(unknown) && text.ends_with(')')) {
    text.remove_prefix(unknown.size());
    text.remove_suffix(1);
  }
  const auto number = decimal(text);
  return number && *number < no_id ? static_cast<std::uint32_t>(*number) : no_id;
}

std::optional<std::int32_t> exit_status(std::string_view text) {
  if (text.starts_with('E')) {
    const std::string_view name = text.substr(0, text.find('('));
    for (const Error& error : errors)
      if (error.name == name) return -error.number;
    return -some_error;
  }
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto number = decimal(text);
  if (!number) return std::nullopt;
  constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
  const auto size = static_cast<std::int32_t>(std::min(*number, most));
  return negative ? -size : size;
}

std::string_view text_value(std::string_view value, bool interpreted, TextBuffer& buffer) {
  if (value == "(null)") return {};
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"') && !interpreted)
    return value.substr(1, std::min(value.size() - 2, buffer.size()));
  std::size_t size = 0;
  if (!interpreted && decode_hex(value, buffer, size)) return {buffer.data(), size};
  return value.substr(0, buffer.size());
}

}  // namespace egressc::audit
