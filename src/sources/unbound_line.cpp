#include "sources/unbound_line.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "sources/dns_text.h"

namespace egressc {
namespace {

constexpr std::int64_t year_10000 = 253402300800;

// Splits at blanks; what does not fit is counted only.
template <std::size_t Most>
std::size_t split(std::string_view text, std::array<std::string_view, Most>& words) {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t stop = std::min(text.find(' '), text.size());
    if (stop != 0) {
      if (count < Most) words[count] = text.substr(0, stop);
      ++count;
    }
    text.remove_prefix(std::min(stop + 1, text.size()));
  }
  return count;
}

// "[1795419858] "
std::size_t take_seconds(std::string_view line, Micros& at) {
  std::int64_t seconds = 0;
  const auto [stop, error] = std::from_chars(line.data() + 1, line.data() + line.size(), seconds);
  const std::string_view rest = line.substr(static_cast<std::size_t>(stop - line.data()));
  if (error != std::errc{} || !rest.starts_with("] ") || seconds < 0 || seconds >= year_10000) return 0;
  at = seconds * second;
  return line.size() - rest.size() + 2;
}

}  // namespace

std::size_t unbound_thread_length(std::string_view message) {
  if (!message.starts_with('[')) return 0;
  const std::size_t stop = message.find_first_not_of("0123456789abcdef:", 1);
  return stop == message.npos || stop == 1 || !message.substr(stop).starts_with("] ") ? 0 : stop + 2;
}

UnboundStart parse_unbound_start(std::string_view line, const ParseContext& context) {
  static constexpr std::string_view program = "unbound";
  UnboundStart start;
  std::size_t length = 0;
  if (line.starts_with('[')) {
    length = take_seconds(line, start.at);
  } else if (const auto stamp = parse_stamp(line, context)) {
    start.at = stamp->at;
    start.undated = stamp->undated;
    length = stamp->length + 1;
  }
  if (length == 0 || length > line.size() || line[length - 1] != ' ') return {};
  if (!line.substr(length).starts_with(program)) return {};
  length += program.size();
  const std::size_t thread = unbound_thread_length(line.substr(length));
  if (thread == 0) return {};
  start.length = length + thread;
  return start;
}

UnboundLine parse_unbound_message(std::string_view message, AddressMemo& addresses) {
  UnboundLine line;
  const bool tagged_query = message.starts_with("query: ");
  const bool tagged_reply = message.starts_with("reply: ");
  const std::size_t colon = message.find(": ");
  if (!tagged_query && !tagged_reply && !message.starts_with("info: ")) return line;
  std::array<std::string_view, 8> words;
  const std::size_t count = split(message.substr(colon + 2), words);
  const bool reply = count >= 8 && !tagged_query;
  if ((!reply && (count != 4 || tagged_reply)) || words[3] != "IN") return line;
  const auto client = addresses.parse(words[0]);
  if (!client) return line;
  line.client = *client;
  line.name = without_root(words[1]);
  line.families = families_of(words[2]);
  line.kind = !reply ? UnboundKind::question : words[4] == "NOERROR" ? UnboundKind::reply : UnboundKind::no_address;
  return line;
}

}  // namespace egressc
