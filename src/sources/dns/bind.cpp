// What BIND was asked, and the messages that it got: its log, and what dnstap-read prints.
#include "sources/dns/resolver.h"
#include "sources/envelope/parser.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr std::string_view not_bind = "not a BIND line";
constexpr std::string_view header = ";; ->>HEADER<<- ";

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

// "192.0.2.10#41452", "192.0.2.10#41452/key name", "fe80::1%2#53", "192.0.2.10:41452".
bool take_client(std::string_view word, char separator, AddressMemo& addresses, ClientLine& line) {
  word = up_to(word, '/');
  const std::size_t mark = word.rfind(separator);
  if (mark == word.npos || !read_number(word.substr(mark + 1), line.client_port) || line.client_port == 0) return false;
  const auto client = parse_client(word.substr(0, mark), addresses);
  if (client) line.client = *client;
  return client.has_value();
}

// Behind "client ".
ClientLine parse_client_line(std::string_view text, AddressMemo& addresses) {
  ClientLine line;
  if (text.starts_with('@')) take_word(text);
  if (!take_client(take_word(text), '#', addresses, line)) return line;
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
  line.kind = what == "query:"               ? ClientLine::Kind::question
              : take_word(text) == "NOERROR" ? ClientLine::Kind::response
                                             : ClientLine::Kind::no_address;
  return line;
}

// Behind the time of dnstap-read: type (dnstap.proto), "here:port", direction, "there:port", protocol, size, question.
ClientLine parse_dnstap_line(std::string_view text, AddressMemo& addresses) {
  ClientLine line;
  const std::string_view type = take_word(text);
  if (type.size() != 2 || (type[1] != 'Q' && type[1] != 'R') ||
      std::string_view("ACFRSTU").find(type[0]) == std::string_view::npos)
    return line;
  const std::string_view client = take_word(text);
  const std::string_view direction = take_word(text);
  if (direction != "<-" && direction != "->") return line;
  line.kind = ClientLine::Kind::upstream;
  if (type == "CR" && take_client(client, ':', addresses, line)) line.kind = ClientLine::Kind::message;
  for (int i = 0; i < 3; ++i) take_word(text);
  const std::size_t mark = text.rfind("/IN/");
  if (mark != text.npos) line.name = without_root(text.substr(0, mark));
  return line;
}

// Whether a line begins as BIND's do, behind the time.
bool looks_like_bind(std::string_view message, AddressMemo& addresses) {
  if (parse_dnstap_line(message, addresses).kind != ClientLine::Kind::other) return true;
  const int labels = take_labels(message);
  if (message.starts_with("client ") && parse_client_line(message.substr(7), addresses).kind != ClientLine::Kind::other)
    return true;
  return labels == 2;
}

ClientLine parse_bind_message(std::string_view message, AddressMemo& addresses) {
  static constexpr std::string_view client = "client ";
  if (message.size() > 3 && message[2] == ' ') return parse_dnstap_line(message, addresses);
  take_labels(message);
  return message.starts_with(client) ? parse_client_line(message.substr(client.size()), addresses) : ClientLine{};
}

}  // namespace

class BindParser {
 public:
  BindParser(const ParseContext& context, Observations& observations)
      : context_(context), envelopes_("named", context, observations), resolver_(observations) {}

  static int sniff(std::string_view head) {
    Observations scratch;
    EnvelopeReader envelopes("named", {}, scratch);
    AddressMemo addresses;
    bool begun = false;
    return share_of_lines(head, [&](std::string_view line) -> std::optional<bool> {
      if (begun && may_be_dns_text(line)) return std::nullopt;
      const auto stamp = line.starts_with('{') ? std::nullopt : parse_stamp(line, {});
      const bool own =
          (stamp && line.size() > stamp->length && looks_like_bind(line.substr(stamp->length + 1), addresses)) ||
          is_program(envelopes.read(line), line, "named");
      begun = begun || own;
      return own;
    });
  }

  std::string_view read(std::string_view line, std::uint64_t) {
    const auto stamp = parse_stamp(line, context_);
    if (!stamp && may_be_dns_text(line) && inside_message(line)) return {};
    const Envelope envelope = envelopes_.read(line);
    if (envelope.is_from("named")) {
      note_syslog(line, resolver_.observations);
      return message(envelope.message, envelope.at);
    }
    if (const auto why = envelope.refused_or({}, "named"); !why.empty()) return why;
    // Without a time of its own, but in something that has one.
    if (!stamp && context_.outer_time != nullptr && *context_.outer_time != no_time &&
        looks_like_bind(line, resolver_.addresses))
      return message(line, *context_.outer_time);
    if (!stamp || !line.substr(stamp->length).starts_with(' ')) return not_bind;
    const std::string_view text = line.substr(stamp->length + 1);
    note(*stamp, context_, resolver_.observations);
    return looks_like_bind(text, resolver_.addresses) ? message(text, stamp->at) : not_bind;
  }
  void finish() { resolver_.finish(); }

 private:
  bool inside_message(std::string_view line) {
    if (direct_.inside()) return read_dnstap(line);
    if (line.starts_with(header) && has_client_) {
      direct_.begin(line);
      return true;
    }
    return (resolver_.messages.inside() || line.starts_with(header)) && resolver_.messages.read_line(line, at_);
  }

  // The message that a client got is all of the answer, and begins with the name that it asked for.
  bool read_dnstap(std::string_view line) {
    const DnsTextLine read = direct_.read(line);
    if (read.kind == DnsTextKind::question) {
      client_.asked = resolver_.names.find(read.name);
      reached_ = resolver_.names.find_lower(read.name);
      if (client_.asked == 0) resolver_.claim(read.name, client_, at_);
    } else if (read.kind == DnsTextKind::alias || read.kind == DnsTextKind::address) {
      read_dnstap_record(read);
    }
    return read.kind != DnsTextKind::none;
  }

  void read_dnstap_record(const DnsTextLine& read) {
    if (client_.asked == 0) return;
    if (resolver_.names.find_lower(read.name) != reached_)
      resolver_.observations.skip(about_another, resolver_.observations.lines);
    else if (read.kind == DnsTextKind::alias)
      reached_ = resolver_.names.find_lower(read.target);
    else if (!is_unspecified(read.address))
      resolver_.answer(client_, read.address, std::max(read.ttl, 1U), at_);
  }

  std::string_view message(std::string_view text, Micros at) {
    at_ = at;
    has_client_ = false;
    direct_.end();
    // BIND prints a message before it looks whether that answers what it asked for.
    if (resolver_.messages.holds() && text.find("DNS format error from ") != text.npos) {
      resolver_.messages.refuse();
      return "a message that the resolver refused";
    }
    if (resolver_.messages.read(text, at)) return {};
    const ClientLine line = parse_bind_message(text, resolver_.addresses);
    if (line.kind != ClientLine::Kind::message) return resolver_.read(line, at);
    resolver_.answers.note_client();
    has_client_ = true;
    client_ = {0, line.client, line.client_port, false, 0, at};
    client_.turn = resolver_.turns.next(line.client, line.client_port, resolver_.names.find(line.name), at);
    return {};
  }

  ParseContext context_;
  EnvelopeReader envelopes_;
  CachingResolver resolver_;
  DnsText direct_{resolver_.addresses};
  bool has_client_ = false;
  Question client_;       // of the message that follows
  StringId reached_ = 0;  // what its question has led to so far
  Micros at_ = no_time;
};

template struct Format<BindParser>;

}  // namespace egressc::sources
