#include <array>
#include <charconv>

#include "egressc/sources.h"
#include "sources/timestamp.h"

namespace egressc {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "audit(1795419858.688:4711)", or as ausearch -i prints it: "audit(11/23/2026 07:44:18.688:4711)", where month and day
// may stand in either order.
Micros audit_time(std::string_view text, int utc_offset_minutes) {
  std::int64_t seconds = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || stop == text.data() + text.size()) return no_time;
  if (*stop == '.' && seconds >= 0 && seconds < 253402300800) return seconds * second;  // the year 10000
  if (*stop != '/' || text.size() < 19 || text[5] != '/' || text[10] != ' ') return no_time;
  const std::string_view year = text.substr(6, 4);
  for (const bool day_first : {false, true}) {
    const std::string_view month = text.substr(day_first ? 3 : 0, 2);
    const std::string_view day = text.substr(day_first ? 0 : 3, 2);
    const std::array<char, 19> iso{year[0],  year[1],  year[2],  year[3],  '-',      month[0], month[1],
                                   '-',      day[0],   day[1],   'T',      text[11], text[12], text[13],
                                   text[14], text[15], text[16], text[17], text[18]};
    if (const auto at = parse_iso_time({iso.data(), iso.size()}, utc_offset_minutes)) return *at;
  }
  return no_time;
}

// "[1795419858] unbound[712:0]".
Micros unbound_time(std::string_view text, std::size_t position) {
  const std::size_t start = text.substr(0, position).rfind('[');
  std::int64_t seconds = 0;
  if (start == text.npos || position - start > 12 || !text.substr(position).starts_with("] unbound[")) return no_time;
  const auto [stop, error] = std::from_chars(text.data() + start + 1, text.data() + position, seconds);
  return error == std::errc{} && stop == text.data() + position && seconds > 0 ? seconds * second : no_time;
}

// The timestamp that has text[position] as its first '-', '/', '(' or ':', or as the ']' behind it.
Micros time_around(std::string_view text, std::size_t position, const ParseContext& context) {
  const auto stamp_at = [&](std::size_t back) -> Micros {
    if (position < back) return no_time;
    const std::size_t start = position - back;
    if (start > 0 && is_digit(text[start]) && is_digit(text[start - 1])) return no_time;
    const auto stamp = parse_stamp(text.substr(start, 64), context);
    return stamp && !stamp->undated ? stamp->at : no_time;
  };
  switch (text[position]) {
    case '-': {
      const Micros at = stamp_at(4);
      return at != no_time ? at : stamp_at(2);  // BIND's "23-Nov-2026"
    }
    case '/':
      return stamp_at(2);
    case ':':
      return stamp_at(13);  // "Mon Nov 23 07"
    case ']':
      return unbound_time(text, position);
    default:
      return text.substr(0, position).ends_with("audit")
                 ? audit_time(text.substr(position + 1, 64), context.utc_offset_minutes)
                 : no_time;
  }
}

}  // namespace

Micros first_dated_time(std::string_view head, int utc_offset_minutes) {
  static constexpr std::string_view journal_key = "\"__REALTIME_TIMESTAMP\"";
  static constexpr std::string_view marks = "-/:(]";
  ParseContext context;
  context.utc_offset_minutes = utc_offset_minutes;
  for (std::size_t i = head.find_first_of(marks); i != head.npos; i = head.find_first_of(marks, i + 1)) {
    if (const Micros at = time_around(head, i, context); at != no_time) return at;
    if (head[i] != ':' || !head.substr(0, head.find_last_not_of(' ', i - (i != 0)) + 1).ends_with(journal_key))
      continue;
    const std::size_t digits = head.find_first_not_of(" \"", i + 1);
    Micros at = 0;
    if (digits != head.npos && std::from_chars(head.data() + digits, head.data() + head.size(), at).ec == std::errc{} &&
        at > 0)
      return at;
  }
  return no_time;
}

}  // namespace egressc
