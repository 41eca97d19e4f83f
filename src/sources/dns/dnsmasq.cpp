// What dnsmasq was asked and what it answered (--log-queries, better --log-queries=extra).
#include "sources/dns/resolver.h"
#include "sources/envelope/parser.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr std::string_view not_dnsmasq = "not a dnsmasq line";

enum class DnsmasqKind : std::uint8_t {
  question,      // "query[A] www.example from 192.0.2.10"
  alias,         // "reply www.example is <CNAME>": the answer goes on under a name that is not told
  answer,        // "reply www.example is 198.51.100.7"; also cached, config, a hosts file
  no_address,    // "reply www.example is NXDOMAIN", NODATA-IPv6, <TXT>, the name of an address
  blocked,       // "gravity blocked www.example is 0.0.0.0"
  housekeeping,  // forwarded, validation, what it says when it starts
  damaged,       // a question or an answer that is not whole
};

struct DnsmasqLine {
  DnsmasqKind kind = DnsmasqKind::housekeeping;
  bool has_client = false;  // of extra, or a plain question's "from"
  std::uint16_t client_port = 0;
  std::uint32_t serial = 0;  // only of extra, from 1
  Address client;
  std::string_view name;
  Address address;  // of an answer
};

// "5 127.0.0.1/41452 " or, where no client asked, "5 ".
void take_serial(std::string_view& text, AddressMemo& addresses, DnsmasqLine& line) {
  const std::size_t blank = text.substr(0, 11).find(' ');
  if (blank == text.npos || !read_number(text.substr(0, blank), line.serial)) return;
  text.remove_prefix(blank + 1);
  const std::string_view token = text.substr(0, text.find(' '));
  const std::size_t slash = token.find('/');
  if (slash == 0 || slash == token.npos || !read_number(token.substr(slash + 1), line.client_port)) return;
  const auto client = parse_client(token.substr(0, slash), addresses);
  if (!client) return;
  line.client = *client;
  line.has_client = true;
  text.remove_prefix(std::min(token.size() + 1, text.size()));
}

// Splits at the last `verb`: what is before it may have been chosen by whoever asked.
bool split_last(std::string_view text, std::string_view verb, std::string_view& name, std::string_view& rest) {
  const std::size_t position = text.rfind(verb);
  if (position == text.npos) return false;
  name = text.substr(0, position);
  rest = text.substr(position + verb.size());
  return true;
}

void read_question(std::string_view text, AddressMemo& addresses, DnsmasqLine& line) {
  std::string_view from;
  line.kind = DnsmasqKind::damaged;
  if (!split_last(text, " from ", line.name, from)) return;
  if (!line.has_client) {
    const auto client = parse_client(from, addresses);
    if (!client) return;
    line.client = *client;
    line.has_client = true;
  }
  line.kind = DnsmasqKind::question;
}

// An address that is looked up backwards stands where a name does: "cached 192.0.2.5 is db.example".
bool is_address(std::string_view name) {
  return !name.empty() && (is_digit(name.back()) || name.find(':') != name.npos) && parse_address(name);
}

void read_answer(std::string_view text, AddressMemo& addresses, DnsmasqLine& line) {
  std::string_view value;
  line.kind = DnsmasqKind::damaged;
  if (!split_last(text, " is ", line.name, value) || value.empty()) return;
  value = value.substr(0, value.find(" ("));  // "203.0.113.1 (DNSSEC signed)", and since 2.86 "(EDE: stale answer)"
  line.kind = DnsmasqKind::no_address;
  if (value == "<CNAME>") {
    line.kind = DnsmasqKind::alias;
    return;
  }
  if (value[0] == '<' || value[0] == 'N') return;
  const auto address = addresses.parse(value);
  if (!address || is_address(line.name)) return;
  line.address = *address;
  line.kind = is_unspecified(*address) ? DnsmasqKind::blocked : DnsmasqKind::answer;
}

// What Pi-hole puts where others have "reply": "gravity blocked", "regex denied", "exactly blacklisted", …
bool is_blocklist(std::string_view text) {
  static constexpr std::string_view words[] = {"gravity blocked ",   "exactly blacklisted ", "exactly denied ",
                                               "regex blacklisted ", "regex denied ",        "blacklisted "};
  return std::any_of(std::begin(words), std::end(words), [&](std::string_view word) { return text.starts_with(word); });
}

// One message, plain or extra.
DnsmasqLine parse_dnsmasq_message(std::string_view text, AddressMemo& addresses) {
  static constexpr std::string_view sources[] = {"reply", "cached", "cached-stale", "config", "DHCP", "auth"};
  DnsmasqLine line;
  // log-queries=proto of dnsmasq 2.91: "UDP 5 127.0.0.1/41452 query[A] …".
  constexpr std::size_t transport = 4;
  if ((text.starts_with("UDP ") || text.starts_with("TCP ")) && text.size() > transport && is_digit(text[transport]))
    text.remove_prefix(transport);
  if (text.empty()) return line;
  if (is_digit(text[0])) take_serial(text, addresses, line);
  const std::string_view source = text.substr(0, text.find(' '));
  const std::string_view rest = text.substr(std::min(source.size() + 1, text.size()));
  if (source.starts_with("query[") || source.starts_with("auth[")) {
    read_question(rest, addresses, line);
  } else if (source.starts_with('/')) {
    // The path of a hosts file, which may have blanks in it; the names that such a file gives have none.
    read_answer(rest, addresses, line);
    line.name.remove_prefix(std::min(line.name.rfind(' ') + 1, line.name.size()));
  } else if (std::find(std::begin(sources), std::end(sources), source) != std::end(sources)) {
    read_answer(rest, addresses, line);
  } else if (is_blocklist(text)) {
    line.kind = DnsmasqKind::blocked;
  }
  return line;
}

bool begins_message(std::string_view line) {
  return line.starts_with("query[") || line.starts_with("reply ") || line.starts_with("cached ");
}

}  // namespace

class DnsmasqParser {
 public:
  static constexpr LineRules line_rules{.one_line = true};

  DnsmasqParser(const ParseContext& context, Observations& observations)
      : envelopes_("dnsmasq", context, observations), log_(observations) {}

  static int sniff(std::string_view head) {
    Observations counted;
    EnvelopeReader envelopes("dnsmasq", {}, counted);
    std::uint64_t matches = 0;
    for_each_line(head, counted, [&](std::string_view line, std::uint64_t) {
      const Envelope envelope = envelopes.read(line);
      const bool own =
          line.starts_with('{') ? is_program(envelope, line, "dnsmasq") : envelope.program.starts_with("dnsmasq");
      matches += own ? 1U : 0U;
    });
    // A text that quotes a resolver's log among other lines is none.
    return matches == 0 || matches * 2 < counted.lines ? 0 : certainty_of_share(matches, counted.lines);
  }

  std::string_view read(std::string_view line, std::uint64_t) {
    const Envelope envelope = envelopes_.read(line);
    if (envelope.is_from("dnsmasq")) {
      is_tagged_ = true;
      // In its own file, unlike in that of a syslog daemon, no host stands before its name.
      constexpr std::size_t own_tag = std::string_view("Nov 23 07:44:18 ").size();
      if (envelope.tag > own_tag) note_syslog(line, log_.observations);
      // A child of its own answers each connection by TCP.
      if (envelope.process != process_text_) {
        process_text_.assign(envelope.process);
        process_ = parse_number<std::uint32_t>(envelope.process).value_or(0);
      }
      return message(envelope.message, envelope.at);
    }
    // Only its messages, as journalctl -o cat prints them.
    if (!is_tagged_ && envelope.program.empty() && envelope.message.data() == line.data() && begins_message(line))
      return message(line, envelope.at);
    const bool other_part = envelope.program.starts_with("dnsmasq-");  // dnsmasq-dhcp, dnsmasq-tftp
    return other_part && (envelope.command.empty() || envelope.command == "dnsmasq")
               ? housekeeping
               : envelope.refused_or(not_dnsmasq, "dnsmasq");
  }

 private:
  std::string_view message(std::string_view text, Micros at) {
    const DnsmasqLine line = parse_dnsmasq_message(text, log_.addresses);
    switch (line.kind) {
      case DnsmasqKind::question:
        return question(line, at);
      case DnsmasqKind::alias:
      case DnsmasqKind::answer:
        return answer(line, at);
      case DnsmasqKind::no_address:
        plain_.interrupt(process_);
        return line.name == "query" && duplicate(line, at) ? std::string_view{} : without_address;
      case DnsmasqKind::blocked:
        plain_.interrupt(process_);
        return "a name that the resolver blocks";
      case DnsmasqKind::housekeeping:
        plain_.interrupt(process_);
        return housekeeping;
      case DnsmasqKind::damaged:
        break;
    }
    plain_.interrupt(process_);
    return not_dnsmasq;
  }

  std::string_view question(const DnsmasqLine& line, Micros at) {
    Question question{log_.names.find(line.name), line.client, line.client_port, false, 0, at};
    question.turn = log_.turns.next(line.client, line.client_port, question.asked, at);
    if (line.serial != 0)
      numbered_.ask(process_, line.serial, question);
    else
      plain_.ask(process_, line.name, question);
    return question.asked != 0 ? std::string_view{} : log_.claim(line.name, question, at);
  }

  std::string_view answer(const DnsmasqLine& line, Micros at) {
    const bool is_alias = line.kind == DnsmasqKind::alias;
    const Question* question = nullptr;
    if (line.serial == 0) {
      question = &plain_.answer(process_, line.name, is_alias);
    } else {
      NumberedQuestions::Asked& asked = asked_of(line, at);
      if (!asked.after_alias && asked.question.asked != 0 && !is_name_of(asked.question, line.name))
        return about_another;
      asked.after_alias = asked.after_alias || is_alias;
      question = &asked.question;
    }
    // An answer about an address can end like one about a name: "198.51.100.5 is evil.example is 203.0.113.9".
    if (question->asked == 0 || line.name.find(' ') != line.name.npos) return no_host_name;
    if (line.kind == DnsmasqKind::answer) {
      log_.answer(*question, line.address, 0, at);
      if (line.serial != 0) shared_.add(shared_name(*question), line.address, at);
    }
    return {};
  }

  // Of an answer with a serial. Without its question the first name is what was asked for, and whose it was is not
  // known.
  NumberedQuestions::Asked& asked_of(const DnsmasqLine& line, Micros at) {
    if (auto* const asked = numbered_.find(process_, line.serial, line.client, line.client_port)) return *asked;
    return numbered_.ask(process_, line.serial,
                         {log_.names.find(line.name), line.client, line.client_port, false, unknown_turn, at});
  }

  bool is_name_of(const Question& question, std::string_view name) {
    const std::string_view asked = log_.observations.strings[question.asked];
    return asked == name || log_.names.find_lower(asked) == log_.names.find_lower(name);
  }

  // "5 192.0.2.10/49870 reply query is duplicate": the answer is the one that another asker just got.
  bool duplicate(const DnsmasqLine& line, Micros at) {
    if (line.serial == 0 || at == no_time) return false;
    const auto* const asked = numbered_.find(process_, line.serial, line.client, line.client_port);
    if (asked == nullptr || asked->question.asked == 0) return false;
    const Question& question = asked->question;
    shared_.each(shared_name(question), at, [&](const Address& answer) { log_.answer(question, answer, 0, at); });
    return true;
  }

  StringId shared_name(const Question& question) {
    return log_.names.find_lower(log_.observations.strings[question.asked]);
  }

  EnvelopeReader envelopes_;
  Asking log_;
  NumberedQuestions numbered_;
  NamedQuestions plain_{log_.names};
  SharedAnswers shared_;
  std::uint32_t process_ = 0;  // that wrote the line; 0: not said
  std::string process_text_;
  bool is_tagged_ = false;  // its lines tell who wrote them
};

template struct Format<DnsmasqParser>;

}  // namespace egressc::sources
