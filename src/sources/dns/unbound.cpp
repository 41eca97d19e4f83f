// What unbound was asked, and the messages that it got (log-queries, verbosity 4).

#include "sources/dns/resolver.h"
#include "sources/envelope/parser.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr std::string_view not_unbound = "not an unbound line";

// Splits at blanks; what does not fit is counted only.
template <std::size_t Most>
std::size_t split(std::string_view text, std::array<std::string_view, Most>& words) {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::string_view word = take_word(text);
    if (word.empty()) continue;
    if (count < Most) words[count] = word;
    ++count;
  }
  return count;
}

// "[1795419858] "
std::size_t take_seconds(std::string_view line, Micros& at) {
  std::string_view rest = line.substr(1);
  const auto seconds = take_number<std::int64_t>(rest);
  if (!seconds || !take(rest, "] ") || *seconds < 0 || *seconds >= seconds_of_year_10000) return 0;
  at = *seconds * second;
  return line.size() - rest.size();
}

// The length of "[712:0] " at the start of what it told syslog, or 0.
std::size_t thread_length(std::string_view message) {
  if (!message.starts_with('[')) return 0;
  const std::size_t stop = message.find_first_not_of("0123456789abcdef:", 1);
  return stop == message.npos || stop == 1 || !message.substr(stop).starts_with("] ") ? 0 : stop + 2;
}

// The start of a line in unbound's own file: "[1795419858] unbound[712:0] ", and with log-time-ascii or log-time-iso a
// calendar time before the name. length is up to the message, and 0 where there is none.
Stamp parse_unbound_start(std::string_view line, Calendar& calendar) {
  static constexpr std::string_view program = "unbound";
  Stamp start;
  if (line.starts_with('[')) {
    start.length = take_seconds(line, start.at);
  } else if (const auto stamp = calendar.parse(line)) {
    start = *stamp;
    ++start.length;
  }
  if (start.length == 0 || start.length > line.size() || line[start.length - 1] != ' ') return {};
  if (!line.substr(start.length).starts_with(program)) return {};
  start.length += program.size();
  const std::size_t thread = thread_length(line.substr(start.length));
  if (thread == 0) return {};
  start.length += thread;
  return start;
}

// "info: 192.0.2.10 www.example. A IN", "query: …"; with "NOERROR 0.001 0 49" behind it and "reply: …" a reply.
// `message` begins behind "unbound[712:0] ". Clients have no port in this log.
ClientLine parse_unbound_message(std::string_view message, AddressMemo& addresses) {
  ClientLine line;
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
  // With the reply what was asked is known, too; and by then the records have come.
  line.kind = !reply                  ? ClientLine::Kind::question
              : words[4] == "NOERROR" ? ClientLine::Kind::response
                                      : ClientLine::Kind::no_address;
  return line;
}

}  // namespace

class UnboundParser {
 public:
  UnboundParser(const ParseContext& context, Observations& observations)
      : context_(context), calendar_(context), envelopes_("unbound", context, observations), resolver_(observations) {}

  static int sniff(std::string_view head) {
    Observations scratch;
    EnvelopeReader envelopes("unbound", {}, scratch);
    Calendar calendar{ParseContext{}};
    bool begun = false;
    return share_of_lines(head, [&](std::string_view line) -> std::optional<bool> {
      if (begun && may_be_dns_text(line)) return std::nullopt;
      const bool own = (!line.starts_with('{') && parse_unbound_start(line, calendar).length != 0) ||
                       is_program(envelopes.read(line), line, "unbound");
      begun = begun || own;
      return own;
    });
  }

  // "[1795419858] unbound[712:0]".
  static DatedTime first_time(std::string_view head, int) {
    static constexpr std::string_view mark = "] unbound[";
    for (std::size_t i = head.find(mark); i != head.npos; i = head.find(mark, i + 1)) {
      const std::size_t start = head.substr(0, i).rfind('[');
      if (start == head.npos || i - start > 12) continue;
      const auto seconds = parse_number<std::int64_t>(head.substr(start + 1, i - start - 1));
      if (seconds && *seconds > 0) return {i, *seconds * second};
    }
    return {};
  }

  std::string_view read(std::string_view line, std::uint64_t) {
    if (const Stamp start = parse_unbound_start(line, calendar_); start.length != 0) {
      note(start, context_, resolver_.observations);
      return message(line.substr(start.length), start.at);
    }
    // Behind the header of a message everything without a start of its own belongs to it, whatever is in it.
    if (resolver_.messages.inside() && may_be_dns_text(line)) {
      resolver_.messages.read_line(line, at_);
      return {};
    }
    const Envelope envelope = envelopes_.read(line);
    // Only its messages, as journalctl -o cat prints them.
    const bool bare = envelope.program.empty() && envelope.message.data() == line.data() &&
                      line.substr(0, thread_length(line)).find(':') != line.npos;
    if (!bare && !envelope.is_from("unbound")) return envelope.refused_or(not_unbound, "unbound");
    if (!bare) note_syslog(line, resolver_.observations);
    const std::size_t thread = thread_length(envelope.message);
    return thread == 0 ? not_unbound : message(envelope.message.substr(thread), envelope.at);
  }
  void finish() { resolver_.finish(); }

 private:
  std::string_view message(std::string_view text, Micros at) {
    at_ = at;
    if (resolver_.messages.read(text, at)) return {};
    return resolver_.read(parse_unbound_message(text, resolver_.addresses), at);
  }

  ParseContext context_;
  Calendar calendar_;
  EnvelopeReader envelopes_;
  CachingResolver resolver_;
  Micros at_ = no_time;
};

template struct Format<UnboundParser>;

}  // namespace egressc::sources
