#include "sources/journal_export.h"

#include <charconv>

namespace egressc {

void JournalExport::field(std::string_view line) {
  constexpr Micros year_10000 = 253402300800 * second;
  const std::size_t equals = line.find('=');
  if (equals == line.npos) return;
  const std::string_view name = line.substr(0, equals);
  const std::string_view value = line.substr(equals + 1);
  if (name == "__REALTIME_TIMESTAMP") {
    if (std::from_chars(value.data(), value.data() + value.size(), at_).ec != std::errc{} || at_ < 0 ||
        at_ >= year_10000)
      at_ = no_time;
  } else if (name == "_TRANSPORT") {
    transport_.assign(value);
  } else if (name == "_COMM") {
    command_.assign(value);
  } else if (name == "SYSLOG_IDENTIFIER") {
    identifier_.assign(value);
  } else if (name == "MESSAGE") {
    message_.assign(value);
  }
}

}  // namespace egressc
