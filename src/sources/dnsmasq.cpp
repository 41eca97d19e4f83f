#include "sources/dnsmasq.h"

#include <memory>

#include "sources/dnsmasq_line.h"
#include "sources/envelope.h"
#include "sources/journal.h"
#include "sources/lines.h"
#include "sources/name_claims.h"
#include "sources/questions.h"
#include "sources/shared_answers.h"

namespace egressc {
namespace {

constexpr std::string_view not_dnsmasq = "not a dnsmasq line";
constexpr std::string_view housekeeping = "resolver housekeeping";
constexpr std::string_view no_host_name = "a name that is no host name";

class DnsmasqParser {
 public:
  DnsmasqParser(const ParseContext& context, Observations& observations)
      : observations_(observations), envelopes_("dnsmasq", context, observations), names_(observations.strings) {}

  void feed(std::string_view block) {
    for_each_line(block, observations_, [this](std::string_view line, std::uint64_t number) {
      const std::string_view reason = line.starts_with('{') ? journal_line(line) : syslog_line(line);
      if (!reason.empty()) observations_.skip(reason, number);
    });
  }

 private:
  // Each returns why the line is of no use, or "".
  std::string_view syslog_line(std::string_view line) {
    const Envelope envelope = envelopes_.read(line);
    if (envelope.program == "dnsmasq") return message(envelope.message, envelope.at);
    return envelope.program.starts_with("dnsmasq-") ? housekeeping : not_dnsmasq;  // dnsmasq-dhcp, dnsmasq-tftp
  }

  std::string_view journal_line(std::string_view line) {
    JournalEntry entry;
    if (!journal_.read(line, entry) || !entry.identifier.starts_with("dnsmasq")) return not_dnsmasq;
    if (!entry.command.empty() && entry.command != "dnsmasq") return not_dnsmasq;
    return entry.identifier == "dnsmasq" ? message(entry.message, entry.at) : housekeeping;
  }

  std::string_view message(std::string_view text, Micros at) {
    const DnsmasqLine line = parse_dnsmasq_message(text, addresses_);
    switch (line.kind) {
      case DnsmasqKind::question:
        return question(line, at);
      case DnsmasqKind::alias:
      case DnsmasqKind::answer:
        return answer(line, at);
      case DnsmasqKind::no_address:
        plain_.interrupt();
        return line.name == "query" && duplicate(line, at) ? std::string_view{} : "an answer without an address";
      case DnsmasqKind::blocked:
        plain_.interrupt();
        return "a name that the resolver blocks";
      case DnsmasqKind::housekeeping:
        plain_.interrupt();
        return housekeeping;
      case DnsmasqKind::damaged:
        break;
    }
    plain_.interrupt();
    return not_dnsmasq;
  }

  std::string_view question(const DnsmasqLine& line, Micros at) {
    const Question question{names_.intern(line.name), line.client, line.client_port, false,
                            turns_.next(line.client, line.client_port, at)};
    if (line.serial != 0)
      numbered_.ask(line.serial, question);
    else
      plain_.ask(line.name, question);
    if (question.asked != 0) return {};
    return claims_.claim(line.name, line.client, line.client_port, at) ? std::string_view{} : no_host_name;
  }

  std::string_view answer(const DnsmasqLine& line, Micros at) {
    const Question* question = nullptr;
    if (line.serial != 0) {
      question = numbered_.find(line.serial, line.client, line.client_port);
      if (question == nullptr) {
        numbered_.ask(line.serial, {names_.intern(line.name), line.client, line.client_port});
        question = numbered_.find(line.serial, line.client, line.client_port);
      }
    } else {
      question = &plain_.answer(line.name, line.kind == DnsmasqKind::alias);
    }
    // An answer about an address can end like one about a name: "198.51.100.5 is evil.example is 203.0.113.9".
    if (question->asked == 0 || line.name.find(' ') != line.name.npos) return no_host_name;
    if (line.kind == DnsmasqKind::answer) {
      observations_.resolutions.push_back(
          {at, question->client, question->client_port, question->asked, line.address, 0, no_id, question->turn});
      if (line.serial != 0) shared_.add(names_.intern_lower(observations_.strings[question->asked]), line.address, at);
    }
    return {};
  }

  // "5 192.0.2.10/49870 reply query is duplicate": the answer is the one that another asker just got.
  bool duplicate(const DnsmasqLine& line, Micros at) {
    if (line.serial == 0 || at == no_time) return false;
    const Question* question = numbered_.find(line.serial, line.client, line.client_port);
    if (question == nullptr || question->asked == 0) return false;
    shared_.each(names_.intern_lower(observations_.strings[question->asked]), at, [&](const Address& answer) {
      observations_.resolutions.push_back(
          {at, question->client, question->client_port, question->asked, answer, 0, no_id, question->turn});
    });
    return true;
  }

  Observations& observations_;
  EnvelopeReader envelopes_;
  JournalReader journal_;
  AddressMemo addresses_;
  AskedNames names_;
  NumberedQuestions numbered_;
  NamedQuestions plain_{names_};
  NameClaims claims_{observations_, addresses_};
  PortTurns turns_;
  SharedAnswers shared_;
};

}  // namespace

int sniff_dnsmasq(std::string_view head) {
  Observations counted;
  EnvelopeReader envelopes("dnsmasq", {}, counted);
  JournalReader journal;
  JournalEntry entry;
  std::uint64_t matches = 0;
  for_each_line(head, counted, [&](std::string_view line, std::uint64_t) {
    if (line.starts_with('{'))
      matches += journal.read(line, entry) && entry.at != no_time && entry.identifier == "dnsmasq" ? 1U : 0U;
    else
      matches += envelopes.read(line).program.starts_with("dnsmasq") ? 1U : 0U;
  });
  // A text that quotes a resolver's log among other lines is none.
  if (matches == 0 || matches * 2 < counted.lines) return 0;
  return static_cast<int>(50 + 45 * matches / counted.lines);
}

LogParser open_dnsmasq(const ParseContext& context, Observations& observations) {
  const auto parser = std::make_shared<DnsmasqParser>(context, observations);
  return {[parser](std::string_view lines) { parser->feed(lines); }, [] {}};
}

}  // namespace egressc
