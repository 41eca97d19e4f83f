#include "sources/dnsmasq_line.h"

#include <algorithm>
#include <charconv>

namespace egressc {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class T>
bool parse_number(std::string_view text, T& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && stop == text.data() + text.size();
}

std::optional<Address> parse_client(std::string_view text, AddressMemo& addresses) {
  if (const auto address = addresses.parse(text)) return address;
  return addresses.parse(text.substr(0, text.find('%')));  // the zone of a link-local address, "fe80::1%eth0"
}

// "5 127.0.0.1/41452 " or, where no client asked, "5 ".
void take_serial(std::string_view& text, AddressMemo& addresses, DnsmasqLine& line) {
  const std::size_t blank = text.substr(0, 11).find(' ');
  if (blank == text.npos || !parse_number(text.substr(0, blank), line.serial)) return;
  text.remove_prefix(blank + 1);
  const std::string_view token = text.substr(0, text.find(' '));
  const std::size_t slash = token.find('/');
  if (slash == 0 || slash == token.npos || !parse_number(token.substr(slash + 1), line.client_port)) return;
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

}  // namespace

DnsmasqLine parse_dnsmasq_message(std::string_view text, AddressMemo& addresses) {
  static constexpr std::string_view sources[] = {"reply", "cached", "cached-stale", "config", "DHCP", "auth"};
  DnsmasqLine line;
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

}  // namespace egressc
