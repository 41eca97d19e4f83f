#include "sources/unbound.h"

#include <memory>

#include "sources/envelope.h"
#include "sources/journal.h"
#include "sources/lines.h"
#include "sources/name_claims.h"
#include "sources/unbound_line.h"
#include "sources/upstream_messages.h"

namespace egressc {
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
