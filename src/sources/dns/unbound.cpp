// What unbound was asked (log-queries, log-replies), and what it learnt from others (verbosity 4 and more).
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <string_view>

#include "egressc/sources.h"
#include "sources/dns/resolver.h"
#include "sources/envelope/envelope.h"
#include "sources/envelope/lines.h"
#include "sources/envelope/recent.h"

namespace egressc {

int sniff_unbound(std::string_view head);
LogParser open_unbound(const ParseContext& context, Observations& observations);

// One message of unbound's log.

enum class UnboundKind : std::uint8_t {
  question,    // "info: 192.0.2.10 www.example. A IN", "query: …"
  reply,       // "info: 192.0.2.10 www.example. A IN NOERROR 0.001 0 49", "reply: …"
  no_address,  // a reply of another code
  other,       // anything else it says
};

struct UnboundLine {
  UnboundKind kind = UnboundKind::other;
  Address client;
  std::string_view name;
  unsigned families = 0;  // families_of() the type
};

// `message` begins behind "unbound[712:0] ". Clients have no port in this log.
UnboundLine parse_unbound_message(std::string_view message, AddressMemo& addresses);

struct UnboundStart {
  Micros at = no_time;
  std::size_t length = 0;  // up to the message
  bool undated = false;
};

// The start of a line in unbound's own file: "[1795419858] unbound[712:0] ", and with log-time-ascii or log-time-iso a
// calendar time before the name. length is 0 where there is none.
UnboundStart parse_unbound_start(std::string_view line, const ParseContext& context);
// The length of "[712:0] " at the start of what it told syslog, or 0.
std::size_t unbound_thread_length(std::string_view message);

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

namespace {

constexpr std::string_view not_unbound = "not an unbound line";
constexpr std::string_view housekeeping = "resolver housekeeping";

class UnboundParser {
 public:
  UnboundParser(const ParseContext& context, Observations& observations)
      : context_(context),
        observations_(observations),
        envelopes_("unbound", context, observations),
        names_(observations.strings) {}

  void feed(std::string_view block) {
    for_each_line(block, observations_, [this](std::string_view line, std::uint64_t number) {
      const std::string_view reason = read(line);
      if (!reason.empty()) observations_.skip(reason, number);
    });
  }
  void finish() { answers_.finish(); }

 private:
  // Each returns why the line is of no use, or "".
  std::string_view read(std::string_view line) {
    if (const UnboundStart start = parse_unbound_start(line, context_); start.length != 0) {
      if (start.undated) observations_.undated = true;
      return message(line.substr(start.length), start.at);
    }
    // Behind the header of a message everything without a start of its own belongs to it, whatever is in it.
    if (messages_.inside() && may_be_dns_text(line)) {
      messages_.read_line(line, at_);
      return {};
    }
    if (line.starts_with('{')) {
      JournalEntry entry;
      if (!journal_.read(line, entry) || entry.identifier != "unbound") return not_unbound;
      if (!entry.command.empty() && entry.command != "unbound") return not_unbound;
      return syslog_message(entry.message, entry.at);
    }
    const Envelope envelope = envelopes_.read(line);
    return envelope.program == "unbound" ? syslog_message(envelope.message, envelope.at) : not_unbound;
  }

  std::string_view syslog_message(std::string_view text, Micros at) {
    const std::size_t thread = unbound_thread_length(text);
    return thread == 0 ? not_unbound : message(text.substr(thread), at);
  }

  std::string_view message(std::string_view text, Micros at) {
    at_ = at;
    if (messages_.read(text, at)) return {};
    const UnboundLine line = parse_unbound_message(text, addresses_);
    if (line.kind != UnboundKind::other) answers_.note_client();
    switch (line.kind) {
      case UnboundKind::question:
      case UnboundKind::reply:
        return question(line, at);
      case UnboundKind::no_address:
        return "an answer without an address";
      case UnboundKind::other:
        break;
    }
    return housekeeping;
  }

  // With the reply what was asked is known, too; and by then the records have come.
  std::string_view question(const UnboundLine& line, Micros at) {
    if (line.families == 0) return "a question that no address answers";
    Question question;
    question.asked = names_.intern(line.name);
    question.client = line.client;
    if (question.asked == 0)
      return claims_.claim(line.name, line.client, 0, at) ? std::string_view{} : "a name that is no host name";
    answers_.ask(question, line.families, at);
    return {};
  }

  ParseContext context_;
  Observations& observations_;
  EnvelopeReader envelopes_;
  JournalReader journal_;
  AddressMemo addresses_;
  AskedNames names_;
  AnswersByName answers_{observations_, names_};
  UpstreamMessages messages_{addresses_, answers_};
  NameClaims claims_{observations_, addresses_};
  Micros at_ = no_time;
};

}  // namespace

int sniff_unbound(std::string_view head) {
  Observations counted;
  EnvelopeReader envelopes("unbound", {}, counted);
  JournalReader journal;
  JournalEntry entry;
  std::uint64_t matches = 0;
  std::uint64_t others = 0;
  for_each_line(head, counted, [&](std::string_view line, std::uint64_t) {
    if (matches != 0 && may_be_dns_text(line)) return;
    const bool match = line.starts_with('{')
                           ? journal.read(line, entry) && entry.at != no_time && entry.identifier == "unbound"
                           : parse_unbound_start(line, {}).length != 0 || envelopes.read(line).program == "unbound";
    ++(match ? matches : others);
  });
  if (matches <= others) return 0;
  return static_cast<int>(50 + 45 * matches / (matches + others));
}

LogParser open_unbound(const ParseContext& context, Observations& observations) {
  const auto parser = std::make_shared<UnboundParser>(context, observations);
  return {[parser](std::string_view lines) { parser->feed(lines); }, [parser] { parser->finish(); }};
}

}  // namespace egressc
