// What BIND was asked (the query and response logs), and what it learnt from others (debug level 10), or both as
// dnstap-read prints it.
#include <algorithm>
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

int sniff_bind(std::string_view head);
LogParser open_bind(const ParseContext& context, Observations& observations);

// One message of BIND's log.

enum class BindKind : std::uint8_t {
  question,    // "client @0x7f0fe64c1098 192.0.2.10#41452 (www.example): query: www.example IN A + (192.0.2.53)"
  response,    // the same with "response: www.example IN A NOERROR …": the category `responses`
  no_address,  // a response of another code
  dnstap,      // dnstap-read: "CR 192.0.2.10:41452 <- 192.0.2.53:53 UDP 49b www.example/IN/A": the message follows
  upstream,    // dnstap-read: the same of a message that the resolver got from another
  other,       // anything else it says
};

struct BindLine {
  BindKind kind = BindKind::other;
  Address client;
  std::uint16_t client_port = 0;
  std::string_view name;
  unsigned families = 0;  // families_of() the type
};

// `message` begins behind the time, or the envelope.
BindLine parse_bind_message(std::string_view message, AddressMemo& addresses);
// Whether a line begins as BIND's do, behind the time: for sniffing.
bool looks_like_bind(std::string_view message, AddressMemo& addresses);

namespace {

std::string_view take_word(std::string_view& text) {
  const std::size_t stop = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, stop);
  text.remove_prefix(std::min(stop + 1, text.size()));
  return word;
}

bool is_label(std::string_view word) {
  return word.size() > 1 && word.ends_with(':') &&
         word.substr(0, word.size() - 1).find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == word.npos;
}

// "queries: info: " and "resolver: debug 10: ", each of which print-category and print-severity may leave out.
int take_labels(std::string_view& text) {
  int found = 0;
  for (; found < 2; ++found) {
    std::string_view rest = text;
    const std::string_view word = take_word(rest);
    if (word == "debug") {
      const std::string_view level = take_word(rest);
      if (!level.ends_with(':') || level.find_first_not_of("0123456789:") != level.npos) break;
    } else if (!is_label(word)) {
      break;
    }
    text = rest;
  }
  return found;
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && stop == text.data() + text.size() && port != 0;
}

// "192.0.2.10#41452", "192.0.2.10#41452/key name", "fe80::1%2#53", "192.0.2.10:41452".
bool parse_client(std::string_view word, char separator, AddressMemo& addresses, BindLine& line) {
  word = word.substr(0, word.find('/'));
  const std::size_t mark = word.rfind(separator);
  if (mark == word.npos || !parse_port(word.substr(mark + 1), line.client_port)) return false;
  const std::string_view text = word.substr(0, mark);
  auto client = addresses.parse(text);
  if (!client) client = addresses.parse(text.substr(0, text.find('%')));
  if (client) line.client = *client;
  return client.has_value();
}

// Behind "client ".
BindLine parse_client_line(std::string_view text, AddressMemo& addresses) {
  BindLine line;
  if (text.starts_with('@')) take_word(text);
  if (!parse_client(take_word(text), '#', addresses, line)) return line;
  // "/key name" and "(www.example): "; in a name blanks and brackets are escaped (RFC 4343, 2.1).
  const std::size_t stop = text.find("): ");
  if (stop == text.npos) return line;
  text.remove_prefix(stop + 3);
  if (text.starts_with("view ")) {
    const std::size_t colon = text.find(": ");
    if (colon == text.npos) return line;
    text.remove_prefix(colon + 2);
  }
  const std::string_view what = take_word(text);
  if (what != "query:" && what != "response:") return line;
  line.name = without_root(take_word(text));
  if (take_word(text) != "IN") return line;
  line.families = families_of(take_word(text));
  line.kind = what == "query:"               ? BindKind::question
              : take_word(text) == "NOERROR" ? BindKind::response
                                             : BindKind::no_address;
  return line;
}

// Behind the time of dnstap-read: type (dnstap.proto), "here:port", direction, "there:port", protocol, size, question.
BindLine parse_dnstap_line(std::string_view text, AddressMemo& addresses) {
  BindLine line;
  const std::string_view type = take_word(text);
  if (type.size() != 2 || (type[1] != 'Q' && type[1] != 'R') ||
      std::string_view("ACFRSTU").find(type[0]) == std::string_view::npos)
    return line;
  const std::string_view client = take_word(text);
  const std::string_view direction = take_word(text);
  if (direction != "<-" && direction != "->") return line;
  line.kind = BindKind::upstream;
  if (type == "CR" && parse_client(client, ':', addresses, line)) line.kind = BindKind::dnstap;
  return line;
}

}  // namespace

bool looks_like_bind(std::string_view message, AddressMemo& addresses) {
  if (parse_dnstap_line(message, addresses).kind != BindKind::other) return true;
  const int labels = take_labels(message);
  if (message.starts_with("client ") && parse_client_line(message.substr(7), addresses).kind != BindKind::other)
    return true;
  return labels == 2;
}

BindLine parse_bind_message(std::string_view message, AddressMemo& addresses) {
  static constexpr std::string_view client = "client ";
  if (message.size() > 3 && message[2] == ' ') return parse_dnstap_line(message, addresses);
  take_labels(message);
  return message.starts_with(client) ? parse_client_line(message.substr(client.size()), addresses) : BindLine{};
}

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
