
#include "sources/agent/fields.h"
#include "sources/agent/scanner.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

bool is_letter_or_high(char c) { return is_letter(c) || (c & 0x80) != 0; }
bool is_scheme_byte(char c) { return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.'; }

bool is_dotted(std::string_view host) {
  const std::size_t dot = host.find('.');
  return dot != host.npos && dot != 0 && dot + 1 != host.size();
}

// Node puts an address of IPv6 and its port together without brackets (lib/internal/errors.js).
std::optional<Endpoint> parse_node(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || text.find(':') == colon || text[0] == '[') return std::nullopt;
  Endpoint endpoint;
  endpoint.address = parse_address(text.substr(0, colon));
  const auto port = parse_port(text.substr(colon + 1));
  if (!endpoint.address || !port) return std::nullopt;
  endpoint.port = *port;
  return endpoint;
}

}  // namespace

bool TextScanner::take_url(const Token& token) {
  const std::size_t colon = token.text.find("://", token.colon);
  if (colon == token.text.npos) return false;
  std::size_t start = colon;
  while (start != 0 && is_scheme_byte(token.text[start - 1])) --start;
  const char* const authority = token.text.data() + colon + 3;
  const std::string_view rest(authority, static_cast<std::size_t>(token.after.data() + token.after.size() - authority));
  std::size_t length = 0;
  const auto endpoint = parse_url_in_text(token.text.substr(start, colon - start), rest, length);
  // What follows the authority up to a blank is the URL's, but for userinfo that holds a quote or a bracket.
  const std::size_t in_token = token.text.size() - (colon + 3);
  if (length > in_token) tokens_.skip(length - in_token);
  close();
  if (holds(until_.own_address)) return true;
  if (endpoint)
    found(*endpoint, line_.path && line_.last == "upstream:" ? ClaimKind::did : kind_here(true), true);
  else if (!rest.starts_with('/') && !is_read_only())
    claims_.reject();
  return true;
}

// "(198.51.100.7)", "(198.51.100.7:443)" or "|198.51.100.7|" behind a name, and "port 443" or wget's "|:443".
bool TextScanner::take_completion(const Token& token) {
  Endpoint& endpoint = open_.endpoint;
  const std::string_view text = without_end(token.text);
  const bool in_bars = token.before.ends_with('|');
  if ((in_bars || token.before.ends_with('(')) && index_ - open_.index <= 3 && !endpoint.address) {
    endpoint.address = parse_address(text);
    if (!endpoint.address && endpoint.port != 0)
      if (const auto other = parse_host_port(text); other && other->address && other->port == endpoint.port)
        endpoint.address = other->address;
    if (endpoint.address) return true;
  }
  if (endpoint.port != 0) return false;
  if (in_bars ? token.colon != 0 : !holds(until_.port)) return false;
  const auto port = parse_port(in_bars ? text.substr(std::min<std::size_t>(1, text.size())) : text);
  if (port) endpoint.port = *port;
  return port.has_value();
}

bool TextScanner::take_answer(const Token& token) {
  const auto address = parse_address(token.text);
  if (address) found({{}, address, 0, ip_protocol::unknown, {}});
  return address.has_value();
}

bool TextScanner::take_host_port(const Token& token) {
  std::string_view text = token.text;
  if (text.find(':') == text.npos) return false;
  if (text.ends_with('-') && token.after.starts_with('>')) return true;  // the near end of "10.0.0.5:41234->…"
  text = text.substr(0, text.find('/'));
  if (text.size() > 2 && text[0] == '[' && text.ends_with(']') && text.find(':') == text.rfind(':'))
    text = text.substr(1, text.size() - 2);
  auto endpoint = holds(until_.code) ? parse_node(text) : std::nullopt;
  if (!endpoint) endpoint = parse_host_port(text);
  if (!endpoint) return false;
  if (is_others_end(token, *endpoint)) return true;
  const bool expected = holds(until_.host) || holds(until_.any_name);
  if (endpoint->port == 0 && !expected) return false;
  if (!endpoint->address && !expected && (!is_dotted(endpoint->host) || is_source_file(endpoint->host))) return false;
  if (!endpoint->address && !is_letter_or_high(endpoint->host[0]) && !is_dotted(endpoint->host)) return false;
  open(*endpoint);
  return true;
}

// Python's ('198.51.100.7', 443).
bool TextScanner::take_pair(const Token& token) {
  const std::string_view after = token.after;
  if (!token.before.ends_with("('") && !token.before.ends_with("(\"")) return false;
  if (after.size() < 2 || after[0] != token.before.back() || after[1] != ',') return false;
  const std::size_t start = after.find_first_not_of(' ', 2);
  if (start == after.npos) return false;
  std::size_t end = start;
  while (end != after.size() && is_digit(after[end])) ++end;
  const auto port = parse_port(after.substr(start, end - start));
  auto endpoint = parse_host_port(token.text);
  if (!port || !endpoint || endpoint->port != 0 || end == after.size() || (after[end] != ')' && after[end] != ','))
    return false;
  endpoint->port = *port;
  close();
  // aiohttp: "Cannot connect to host api.example:443 … [Connect call failed ('198.51.100.7', 443)]".
  if (!found_.empty() && endpoint->address) {
    Endpoint& named = found_.back().endpoint;
    if (!named.host.empty() && !named.address && named.port == endpoint->port) {
      named.address = endpoint->address;
      return true;
    }
  }
  open(*endpoint);
  return true;
}

bool TextScanner::take_host(const Token& token) {
  if (!holds(until_.host) && !holds(until_.any_name)) return false;
  if (find_word(token.text) != Word::none) return false;
  const auto endpoint = parse_host_port(token.text);
  if (!endpoint || endpoint->port != 0) return false;
  if (!endpoint->address) {
    const bool said = holds(until_.any_name) || token.after.starts_with(" port ");
    if (is_dotted(endpoint->host) ? is_source_file(endpoint->host) : !said || !is_letter_or_high(endpoint->host[0]))
      return false;
  }
  open(*endpoint);
  return true;
}

}  // namespace egressc::sources
