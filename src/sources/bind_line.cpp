#include "sources/bind_line.h"

#include <algorithm>
#include <charconv>

#include "sources/dns_text.h"

namespace egressc {
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

}  // namespace egressc
