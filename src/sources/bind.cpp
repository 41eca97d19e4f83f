#include "sources/bind.h"

#include <algorithm>
#include <memory>

#include "sources/bind_line.h"
#include "sources/envelope.h"
#include "sources/journal.h"
#include "sources/lines.h"
#include "sources/name_claims.h"
#include "sources/timestamp.h"
#include "sources/upstream_messages.h"

namespace egressc {
namespace {

constexpr std::string_view not_bind = "not a BIND line";
constexpr std::string_view housekeeping = "resolver housekeeping";

class BindParser {
 public:
  BindParser(const ParseContext& context, Observations& observations)
      : context_(context),
        observations_(observations),
        envelopes_("named", context, observations),
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
    const auto stamp = parse_stamp(line, context_);
    if (!stamp && may_be_dns_text(line) && inside_message(line)) return {};
    if (line.starts_with('{')) {
      JournalEntry entry;
      if (!journal_.read(line, entry) || entry.identifier != "named") return not_bind;
      if (!entry.command.empty() && entry.command != "named") return not_bind;
      return message(entry.message, entry.at);
    }
    const Envelope envelope = envelopes_.read(line);
    if (envelope.program == "named") return message(envelope.message, envelope.at);
    if (!stamp || !line.substr(stamp->length).starts_with(' ')) return not_bind;
    const std::string_view text = line.substr(stamp->length + 1);
    return looks_like_bind(text, addresses_) ? message(text, stamp->at) : not_bind;
  }

  bool inside_message(std::string_view line) {
    if (direct_.inside()) return read_dnstap(line);
    if (line.starts_with(";; ->>HEADER<<- ") && client_.asker) {
      direct_.begin(line);
      return true;
    }
    return (messages_.inside() || line.starts_with(";; ->>HEADER<<- ")) && messages_.read_line(line, at_);
  }

  // The message that a client got is all of the answer, and begins with the name that it asked for.
  bool read_dnstap(std::string_view line) {
    const DnsTextLine read = direct_.read(line);
    if (read.kind == DnsTextKind::question) {
      client_.question.asked = names_.intern(read.name);
      if (client_.question.asked == 0)
        claims_.claim(read.name, client_.question.client, client_.question.client_port, at_);
    } else if (read.kind == DnsTextKind::address && client_.question.asked != 0 && !is_unspecified(read.address)) {
      const Question& question = client_.question;
      observations_.resolutions.push_back({at_, question.client, question.client_port, question.asked, read.address,
                                           std::max(read.ttl, 1U), no_id, question.turn});
    }
    return read.kind != DnsTextKind::none;
  }

  std::string_view message(std::string_view text, Micros at) {
    at_ = at;
    client_ = {};
    direct_.end();
    if (messages_.read(text, at)) return {};
    const BindLine line = parse_bind_message(text, addresses_);
    if (line.kind != BindKind::other && line.kind != BindKind::upstream) answers_.note_client();
    switch (line.kind) {
      case BindKind::question:
      case BindKind::response:
        return question(line, at);
      case BindKind::no_address:
        return "an answer without an address";
      case BindKind::dnstap:
        client_.asker = true;
        client_.question.client = line.client;
        client_.question.client_port = line.client_port;
        client_.question.turn = turns_.next(line.client, line.client_port, at);
        return {};
      case BindKind::upstream:
      case BindKind::other:
        break;
    }
    return housekeeping;
  }

  std::string_view question(const BindLine& line, Micros at) {
    if (line.families == 0) return "a question that no address answers";
    const Question question{names_.intern(line.name), line.client, line.client_port, false,
                            turns_.next(line.client, line.client_port, at)};
    if (question.asked == 0)
      return claims_.claim(line.name, line.client, line.client_port, at) ? std::string_view{}
                                                                         : "a name that is no host name";
    answers_.ask(question, line.families, at);
    return {};
  }

  struct Client {
    bool asker = false;
    Question question;
  };

  ParseContext context_;
  Observations& observations_;
  EnvelopeReader envelopes_;
  JournalReader journal_;
  AddressMemo addresses_;
  AskedNames names_;
  AnswersByName answers_{observations_, names_};
  UpstreamMessages messages_{addresses_, answers_};
  DnsText direct_{addresses_};
  NameClaims claims_{observations_, addresses_};
  PortTurns turns_;
  Client client_;
  Micros at_ = no_time;
};

}  // namespace

int sniff_bind(std::string_view head) {
  Observations counted;
  EnvelopeReader envelopes("named", {}, counted);
  JournalReader journal;
  JournalEntry entry;
  std::uint64_t matches = 0;
  std::uint64_t others = 0;
  AddressMemo addresses;
  for_each_line(head, counted, [&](std::string_view line, std::uint64_t) {
    if (matches != 0 && may_be_dns_text(line)) return;
    bool match = false;
    if (line.starts_with('{')) {
      match = journal.read(line, entry) && entry.at != no_time && entry.identifier == "named";
    } else if (const auto stamp = parse_stamp(line, {}); stamp && line.size() > stamp->length) {
      match = looks_like_bind(line.substr(stamp->length + 1), addresses);
    }
    match = match || envelopes.read(line).program == "named";
    ++(match ? matches : others);
  });
  if (matches <= others) return 0;
  return static_cast<int>(50 + 45 * matches / (matches + others));
}

LogParser open_bind(const ParseContext& context, Observations& observations) {
  const auto parser = std::make_shared<BindParser>(context, observations);
  return {[parser](std::string_view lines) { parser->feed(lines); }, [parser] { parser->finish(); }};
}

}  // namespace egressc
