// Lines that servers, proxies and HTTP clients log: whose end an address is, what of a request was used, and what was
// denied.
#include <algorithm>

#include "sources/agent/scanner.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr std::uint16_t first_ephemeral = 32768;  // Linux: net.ipv4.ip_local_port_range

bool is_header_byte(char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; }

bool is_status(std::string_view text) { return text.size() == 3 && is_digit(text[1]) && is_digit(text[2]); }

// The next text in quotes; `text` goes on behind it.
std::string_view take_quoted(std::string_view& text) {
  const std::size_t open = std::min(text.find('"'), text.size());
  const std::size_t close = std::min(text.find('"', open + 1), text.size());
  const std::string_view quoted = open < close ? text.substr(open + 1, close - open - 1) : std::string_view();
  text.remove_prefix(std::min(close + 1, text.size()));
  return quoted;
}

// The near end of "192.0.2.10:41234 -> 198.51.100.7:443".
bool is_pair(std::string_view after) {
  if (!after.starts_with(" -> ") && !after.starts_with(" => ")) return false;
  after.remove_prefix(4);
  const auto far = parse_host_port(without_end(after.substr(0, after.find_first_of(" ,;)"))));
  return far && far->port != 0;
}

// What stands behind a client's address: uvicorn's `- "GET`, CoreDNS's `- 6605 "A IN`, the common log format's `- - [`,
// and HAProxy's `[27/Jun/2025`.
bool is_behind_client(std::string_view after) {
  if (after.starts_with(" [") && after.size() > 5) return is_digit(after[2]) && is_digit(after[3]) && after[4] == '/';
  if (!after.starts_with(" - ")) return false;
  after.remove_prefix(3);
  if (after.starts_with("- [") || after.starts_with('"')) return true;
  std::size_t digits = 0;
  while (digits != after.size() && is_digit(after[digits])) ++digits;
  return digits != 0 && after.substr(digits).starts_with(" \"");
}

// What mitmproxy writes behind "192.0.2.2:40000:".
bool is_of_client(std::string_view after) {
  static constexpr std::string_view openings[] = {" client ",  " server ",  " Client ",    " Server ", " GET ",
                                                  " POST ",    " PUT ",     " HEAD ",      " PATCH ",  " DELETE ",
                                                  " OPTIONS ", " CONNECT ", " WebSocket ", " <-",      " ->"};
  return std::any_of(std::begin(openings), std::end(openings),
                     [&](std::string_view opening) { return after.starts_with(opening); });
}

}  // namespace

// curl's "> Host: api.example" and "< Link: …", and Python's "header: Link: …". False where that was all of the line.
bool TextScanner::take_header() {
  std::string_view text = line_.text;
  constexpr std::size_t stamp = 16;  // curl --trace-time
  if (is_digit(text[0]) && text.size() > stamp && text[stamp - 1] == ' ') text.remove_prefix(stamp);
  if (text.starts_with("header: ")) line_.mentions = true;
  if (text.size() < 3 || (text[0] != '>' && text[0] != '<') || text[1] != ' ') return true;
  const bool sent = text[0] == '>';
  text.remove_prefix(2);
  line_.sent = sent;
  if (!sent && text.starts_with("HTTP/")) {
    take_status_line(text);
    return true;
  }
  const auto end = std::find_if_not(text.begin(), text.end(), is_header_byte);
  if (end == text.begin() || end == text.end() || *end != ':') return true;
  const std::string_view name(text.data(), static_cast<std::size_t>(end - text.begin()));
  line_.mentions = true;
  if (!sent || !equals_lower(name, "host")) return true;
  text.remove_prefix(name.size() + 1);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  take_host_header(text.substr(0, text.find_last_not_of(" \r") + 1));
  return false;
}

// The name that a request has for the connection it is sent on.
void TextScanner::take_host_header(std::string_view host) {
  auto endpoint = parse_host_port(host);
  if (!endpoint || endpoint->address) return;
  if (equals_lower(endpoint->host, last_.host)) return;
  if (last_.host.empty() && last_.address) {
    endpoint->address = last_.address;
    endpoint->port = last_.port;
  }
  found(*endpoint, speech_ == Speech::prose ? ClaimKind::mentioned : ClaimKind::did);
  emit();
}

// The first one behind CONNECT is the proxy's.
void TextScanner::take_status_line(std::string_view line) {
  if (line.substr(std::min(line.find(' '), line.size())).starts_with(" 4"))
    claims_.deny_tracked("denied by a proxy");
  else
    claims_.forget_tracked();
}

bool TextScanner::is_others_end(const Token& token, const Endpoint& endpoint) const {
  if (!endpoint.address || endpoint.port == 0) return false;
  if (is_behind_client(token.after) || is_pair(token.after)) return true;
  if (index_ <= 3 && is_of_client(token.after)) return true;
  return holds(until_.from) && (holds(until_.asked) || endpoint.port >= first_ephemeral);
}

// `"GET /path HTTP/1.1" 200` and `"CONNECT api.example:443 HTTP/1.1" 403`.
void TextScanner::take_method(const Token& token) {
  hold(until_.used, 1);
  if (!token.before.ends_with('"') && !token.before.ends_with('\'')) return;
  if (!token.after.starts_with(' ')) return;
  close();
  line_.request = index_;
  line_.found_at_request = found_.size();
  line_.path = token.after.starts_with(" /") || token.after.starts_with(" *");
}

void TextScanner::take_version(const Token& token) {
  if (line_.request == 0 || line_.version != 0 || index_ > line_.request + 2) return;
  close();
  line_.version = index_;
  // envoy begins with a time in brackets and ends with the name and the address of the other side.
  if (line_.text.starts_with("[2") && take_envoy(token.after)) return;
  // A client's address stands before its request. What a log says of a URL there is urllib3's: it sent the request.
  std::size_t place = 0;
  std::erase_if(found_, [&](const Found& one) { return place++ < line_.found_at_request && !one.url; });
  // What follows are the headers.
  line_.mentions = true;
}

void TextScanner::take_status(std::string_view text) {
  if (is_status(text) && text[0] == '4' && !line_.path && line_.denied_by.empty() && !found_.empty() &&
      !found_.back().url)
    line_.denied_by = "denied by a proxy";
}

// Envoy's default format: … 403 UAEX 0 12 1 - "-" "curl/8" "ID" "api.example" "203.0.113.7:443".
bool TextScanner::take_envoy(std::string_view rest) {
  if (!rest.starts_with("\" ")) return false;
  rest.remove_prefix(2);
  const std::string_view head = rest.substr(0, rest.find('"'));
  const bool refused = head.starts_with("403") || head.find("UAEX") != head.npos || head.find("RBAC") != head.npos;
  std::array<std::string_view, 5> quoted;
  for (std::string_view& text : quoted) text = take_quoted(rest);
  const auto name = parse_host_port(quoted[3]);
  const auto upstream = quoted[4] == "-" ? std::nullopt : parse_host_port(quoted[4]);
  if (!name && !upstream) return false;
  Endpoint endpoint = name.value_or(Endpoint{});
  if (upstream && upstream->address) {
    endpoint.address = upstream->address;
    endpoint.port = upstream->port;
  }
  found_.clear();
  if (upstream || refused || !line_.path) found(endpoint, is_read_only() ? ClaimKind::mentioned : ClaimKind::did);
  if (refused && !upstream) line_.denied_by = "denied by envoy";
  line_.mentions = true;
  tokens_ = Tokens({});
  return true;
}

// What stands around the word says who denied it.
void TextScanner::take_denied(const Token& token) {
  constexpr std::size_t before = 128;
  if (!line_.denied_by.empty()) return;
  const auto place = static_cast<std::size_t>(token.text.data() - line_.text.data());
  line_.denied_by = denied_by(line_.text.substr(place - std::min(place, before)));
}

// squid: TCP_DENIED/403, HIER_DIRECT/203.0.113.60; HAProxy's termination state of what a rule denied: PR--.
void TextScanner::take_squid(std::string_view text) {
  if (text.starts_with("TCP_DENIED") || text.starts_with("UDP_DENIED")) {
    line_.denied_by = "denied by squid";
  } else if (text.size() == 4 && text.starts_with("PR") && (text[3] == '-' || is_letter(text[3]))) {
    line_.denied_by = "denied by haproxy";
  } else if (text.starts_with("HIER_DIRECT/")) {
    close();
    const auto address = parse_address(text.substr(text.find('/') + 1));
    if (address && !found_.empty() && !found_.back().endpoint.address) found_.back().endpoint.address = address;
  }
}

// "CONNECT api.example:443 HTTP/1.1", and connect(2) as strace(1) prints it.
void TextScanner::take_connect(const Token& token) {
  if (token.after.starts_with('(') || token.after.starts_with(" resumed>")) return take_call(token);
  if (token.text != "CONNECT") return;
  if (token.after.starts_with(' ')) {
    line_.connect = true;
    take_method(token);
  } else if (line_.text.find("HTTP code 4") != line_.text.npos) {
    claims_.deny_tracked("denied by a proxy");  // curl: "Received HTTP code 403 from proxy after CONNECT"
  }
}

// curl's "CONNECT tunnel failed, response 403" and Python's "Tunnel connection failed: 403 Forbidden".
void TextScanner::take_tunnel(const Token& token) {
  if (token.after.starts_with(" failed, response 4"))
    claims_.deny_tracked("denied by a proxy");
  else if (token.after.starts_with(" connection failed: 4"))
    line_.denied_by = "denied by a proxy";
}

void TextScanner::take_call(const Token& token) {
  const Strace::Call call = strace_.take(line_.text, token.text, token.after);
  if (call.pid != 0) hints_.subject.pid = call.pid;
  if (call.at != no_time) hints_.subject.at = call.at;
  if (call.is_call) {
    line_.mentions = true;
    tokens_ = Tokens({});
  }
  if (!call.reason.empty()) claims_.leave_out(call.reason);
  if (call.denied) line_.denied_by = "denied by the host";
  if (call.to) found(*call.to, speech_ == Speech::prose ? ClaimKind::mentioned : ClaimKind::did);
}

}  // namespace egressc::sources
