#include "sources/agent/claims.h"

#include <algorithm>
#include <utility>

#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

struct Scheme {
  std::string_view name;
  std::uint16_t port;
  std::uint8_t protocol;  // unknown where more than one carries it: HTTP/3 and DNS
};

constexpr std::uint8_t tcp = ip_protocol::tcp;
constexpr std::uint8_t udp = ip_protocol::udp;
constexpr std::uint8_t either = ip_protocol::unknown;

// IANA's service names and port numbers, and the products' own documentation.
constexpr Scheme schemes[] = {
    {"https", 443, either},    {"http", 80, either},      {"wss", 443, tcp},        {"ws", 80, tcp},
    {"postgresql", 5432, tcp}, {"postgres", 5432, tcp},   {"redis", 6379, tcp},     {"rediss", 6379, tcp},
    {"mysql", 3306, tcp},      {"mariadb", 3306, tcp},    {"mongodb", 27017, tcp},  {"amqp", 5672, tcp},
    {"amqps", 5671, tcp},      {"ssh", 22, tcp},          {"sftp", 22, tcp},        {"git", 9418, tcp},
    {"ftp", 21, tcp},          {"ftps", 990, tcp},        {"ldap", 389, tcp},       {"ldaps", 636, tcp},
    {"smtp", 25, tcp},         {"smtps", 465, tcp},       {"submission", 587, tcp}, {"imap", 143, tcp},
    {"imaps", 993, tcp},       {"pop3", 110, tcp},        {"pop3s", 995, tcp},      {"dns", 53, either},
    {"ntp", 123, udp},         {"mqtt", 1883, tcp},       {"mqtts", 8883, tcp},     {"nats", 4222, tcp},
    {"sqlserver", 1433, tcp},  {"mssql", 1433, tcp},      {"oracle", 1521, tcp},    {"memcached", 11211, either},
    {"cassandra", 9042, tcp},  {"clickhouse", 9000, tcp}, {"bolt", 7687, tcp},      {"neo4j", 7687, tcp},
    {"rtsp", 554, tcp},        {"rtmp", 1935, tcp},       {"rsync", 873, tcp},      {"svn", 3690, tcp},
    {"telnet", 23, tcp},       {"nfs", 2049, tcp},        {"smb", 445, tcp},        {"vnc", 5900, tcp},
    {"irc", 6667, tcp},        {"ircs", 6697, tcp},       {"xmpp", 5222, tcp},      {"sip", 5060, either},
    {"sips", 5061, tcp},       {"tftp", 69, udp},         {"stun", 3478, udp},      {"snmp", 161, udp},
};

constexpr std::size_t longest_scheme = 32;

// RFC 3986, 3.1.
bool is_scheme(std::string_view text) {
  return !text.empty() && text.size() <= longest_scheme && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
}

const Scheme* find_scheme(std::string_view name) {
  for (const Scheme& scheme : schemes)
    if (equals_lower(name, scheme.name)) return &scheme;
  return nullptr;
}

// "git+https" is spoken over https, but "postgresql+psycopg2" names a driver.
const Scheme* find_compound_scheme(std::string_view name) {
  if (const Scheme* scheme = find_scheme(name)) return scheme;
  const std::size_t plus = name.find('+');
  if (plus == name.npos || name.substr(plus) == "+srv") return nullptr;  // an SRV record tells host and port
  const Scheme* scheme = find_scheme(name.substr(plus + 1));
  return scheme != nullptr ? scheme : find_scheme(name.substr(0, plus));
}

// What may stand in a name before it is asked whether it is one. Bytes of UTF-8 pass: it may be an IDN.
bool is_name_byte(char c) {
  return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// https://url.spec.whatwg.org/#ends-in-a-number-checker: inet_aton(3) takes such names for addresses.
bool ends_in_number(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const std::string_view label = name.substr(name.rfind('.') + 1);
  if (std::all_of(label.begin(), label.end(), is_digit)) return true;
  return label.size() >= 2 && label[0] == '0' && to_lower(label[1]) == 'x' &&
         std::all_of(label.begin() + 2, label.end(), is_hex_digit);
}

bool set_host(Endpoint& endpoint, std::string_view host) {
  if (host.empty() || host.size() > 1024) return false;
  if (is_digit(host[0]) || host.find(':') != host.npos) endpoint.address = parse_address(host);
  if (endpoint.address) return true;
  endpoint.host = host;
  return std::all_of(host.begin(), host.end(), [](char c) { return is_name_byte(c); }) && !ends_in_number(host);
}

// One of the numbers: decimal, octal behind 0, hexadecimal behind 0x.
std::optional<std::uint64_t> parse_number_of_address(std::string_view text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  unsigned base = 10;
  if (text.size() > 1 && text[0] == '0') {
    base = to_lower(text[1]) == 'x' ? 16 : 8;
    text.remove_prefix(base == 16 ? 2 : 1);
  }
  std::uint64_t number = 0;
  for (const char c : text) {
    if (!is_hex_digit(c)) return std::nullopt;
    const auto digit = static_cast<unsigned>(is_digit(c) ? c - '0' : to_lower(c) - 'a' + 10);
    if (digit >= base) return std::nullopt;
    number = number * base + digit;
  }
  return number;
}

bool ends_authority(char c) { return c == '/' || c == '?' || c == '#'; }

// What no URL contains (RFC 3986, 2), and so ends one in running text.
bool ends_url(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f || c == '"' || c == '<' || c == '>' || c == '`';
}

// The part of an authority that is "host:port" before the text goes on: "a.example)." is "a.example".
std::string_view host_port_in_text(std::string_view text) {
  std::size_t end = 0;
  if (text.starts_with('[')) end = std::min(text.find(']'), text.size() - 1) + 1;
  while (end < text.size() && (is_name_byte(text[end]) || text[end] == ':')) ++end;
  // Punctuation may follow a URL. What else may stand there has a meaning that only some URL parsers agree upon.
  if (end < text.size() && std::string_view(",;'()[]{}|!*$").find(text[end]) == std::string_view::npos) return {};
  while (end != 0 && (text[end - 1] == '.' || text[end - 1] == ':' || text[end - 1] == '-')) --end;
  return text.substr(0, end);
}

// RFC 3986, 3.2.1, as browsers and curl have it: userinfo is all up to the last '@'.
std::string_view without_userinfo(std::string_view authority) { return authority.substr(authority.rfind('@') + 1); }

// "0xcb007107:8080", which is no host name.
std::optional<Endpoint> parse_number_host(std::string_view host_port) {
  const std::string_view host = host_port.substr(0, host_port.find(':'));
  Endpoint endpoint;
  endpoint.address = parse_numbers(host);
  if (!endpoint.address) return std::nullopt;
  endpoint.written = host;
  if (host.size() == host_port.size()) return endpoint;
  const auto port = parse_port(host_port.substr(host.size() + 1));
  if (!port) return std::nullopt;
  endpoint.port = *port;
  return endpoint;
}

std::optional<Endpoint> parse_authority(std::string_view scheme, std::string_view host_port) {
  if (!is_scheme(scheme)) return std::nullopt;
  if (host_port.ends_with(':')) host_port.remove_suffix(1);  // RFC 3986, 6.2.3: the same as no port
  // An address of IPv6 stands in brackets here.
  if (!host_port.starts_with('[') && std::count(host_port.begin(), host_port.end(), ':') > 1) return std::nullopt;
  auto endpoint = parse_host_port(host_port);
  if (!endpoint) endpoint = parse_number_host(host_port);
  if (!endpoint) return std::nullopt;
  if (const Scheme* known = find_compound_scheme(scheme)) {
    if (endpoint->port == 0) endpoint->port = known->port;
    endpoint->protocol = known->protocol;
  }
  if (endpoint->port == 0) return std::nullopt;
  return endpoint;
}

constexpr std::size_t most_of_record = 16;
constexpr std::size_t most_of_line = 1024;

// The same peer of the same subject, where one of two texts may tell less of it.
bool same_peer(const Claim& a, const Claim& b) {
  const auto agree = [](auto left, auto right) { return left == right || left == 0 || right == 0; };
  const bool both_addresses = a.has_address && b.has_address;
  return a.uid == b.uid && agree(a.port, b.port) && agree(a.protocol, b.protocol) && agree(a.host, b.host) &&
         (!both_addresses || a.to == b.to) && (both_addresses || (a.host != 0 && a.host == b.host));
}

void complete(Claim& claim, const Claim& other) {
  claim.port = std::max(claim.port, other.port);
  claim.protocol = std::max(claim.protocol, other.protocol);
  claim.host = std::max(claim.host, other.host);
  if (!claim.has_address) claim.to = other.to;
  claim.has_address = claim.has_address || other.has_address;
  if (other.kind > claim.kind || claim.note == 0) claim.note = other.note;
  claim.kind = std::max(claim.kind, other.kind);
}

bool is_destination(const Address& address) { return !is_unspecified(address) && !is_broadcast(address); }

}  // namespace

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto port = text.size() <= 5 ? parse_number<std::uint16_t>(text) : std::nullopt;
  return port && *port != 0 ? port : std::nullopt;
}

std::optional<Address> parse_numbers(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || !is_digit(text[0])) return std::nullopt;
  std::uint64_t address = 0;
  for (int place = 3;; --place) {
    const std::size_t dot = text.find('.');
    const auto number = parse_number_of_address(text.substr(0, dot));
    if (!number) return std::nullopt;
    if (dot == text.npos) {  // the last one stands for all bytes that are left
      if (*number >> (8 * (place + 1)) != 0) return std::nullopt;
      address |= *number;
      return ipv4(static_cast<std::uint32_t>(address));
    }
    if (place == 0 || *number > 255) return std::nullopt;
    address |= *number << (8 * place);
    text.remove_prefix(dot + 1);
  }
}

std::optional<Endpoint> parse_host_port(std::string_view text) {
  Endpoint endpoint;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == text.npos) return std::nullopt;
    endpoint.address = parse_address(text.substr(1, close - 1));
    // A mapped address has become IPv4, and is still IPv6 text.
    if (!endpoint.address || text.substr(1, close - 1).find(':') == text.npos) return std::nullopt;
    if (close + 1 == text.size()) return endpoint;
    if (text[close + 1] != ':') return std::nullopt;
    port = text.substr(close + 2);
  } else {
    const std::size_t colon = text.find(':');
    const bool alone = colon == text.npos || text.find(':', colon + 1) != text.npos;
    if (!set_host(endpoint, alone ? text : text.substr(0, colon))) return std::nullopt;
    if (alone) return endpoint;
    port = text.substr(colon + 1);
  }
  const auto number = parse_port(port);
  if (!number) return std::nullopt;
  endpoint.port = *number;
  return endpoint;
}

std::optional<Endpoint> parse_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == text.npos) return std::nullopt;
  const std::string_view rest = text.substr(colon + 3);
  const auto end = std::find_if(rest.begin(), rest.end(), ends_authority);
  const std::string_view authority = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  // '\' is '/' to a browser and a plain character to curl: no two would go to the same place.
  if (std::any_of(authority.begin(), authority.end(), [](char c) { return ends_url(c) || c == '\\'; }))
    return std::nullopt;
  return parse_authority(text.substr(0, colon), without_userinfo(authority));
}

std::optional<Endpoint> parse_url_in_text(std::string_view scheme, std::string_view rest, std::size_t& length) {
  const auto end = std::find_if(rest.begin(), rest.end(), [](char c) { return ends_authority(c) || ends_url(c); });
  const std::string_view authority = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  length = authority.size();
  if (authority.find('\\') != authority.npos) return std::nullopt;
  const std::string_view host_port = host_port_in_text(without_userinfo(authority));
  if (host_port.empty()) return std::nullopt;
  length = static_cast<std::size_t>(host_port.data() + host_port.size() - rest.data());
  return parse_authority(scheme, host_port);
}

AgentClaims::AgentClaims(Observations& observations) : observations_(observations), names_(observations.strings) {}

// How a number was written has nothing but digits, letters and dots.
StringId AgentClaims::note_of(const Endpoint& endpoint, const Fate& fate) {
  if (fate.kind == ClaimKind::denied) return observations_.strings.intern(fate.by);
  if (endpoint.written.empty() || fate.kind == ClaimKind::mentioned) return 0;
  return observations_.strings.intern("written " + std::string(endpoint.written));
}

void AgentClaims::add(const Endpoint& endpoint, const ClaimSubject& subject, const Fate& fate) {
  Claim claim;
  if (endpoint.address) {
    claim.to = *endpoint.address;
    claim.has_address = true;
  }
  if (!endpoint.host.empty()) {
    claim.host = names_.find(endpoint.host);
    if (claim.host == 0) return reject();
  }
  if ((claim.has_address && !is_destination(claim.to)) || (!claim.has_address && claim.host == 0)) return reject();
  claim.at = subject.at;
  claim.uid = subject.uid;
  claim.gid = subject.gid;
  claim.pid = subject.pid;
  claim.port = endpoint.port;
  claim.protocol = endpoint.protocol;
  claim.kind = fate.kind;
  claim.note = note_of(endpoint, fate);
  put(claim);
}

void AgentClaims::put(const Claim& claim) {
  const auto begin = pending_.begin() + static_cast<std::ptrdiff_t>(record_);
  const auto same = std::find_if(begin, pending_.end(), [&](const Claim& other) { return same_peer(claim, other); });
  auto place = same;
  if (same != pending_.end()) {
    complete(*same, claim);
  } else if (pending_.size() - record_ != most_of_record && pending_.size() != most_of_line) {
    place = pending_.insert(pending_.end(), claim);
  } else {
    too_many_ = true;
    // What was only mentioned makes room.
    place = std::find_if(begin, pending_.end(), [](const Claim& other) { return other.kind == ClaimKind::mentioned; });
    if (claim.kind == ClaimKind::mentioned || place == pending_.end()) return;
    *place = claim;
  }
  if (std::exchange(track_next_, false)) tracked_pending_ = static_cast<std::size_t>(place - pending_.begin());
}

void AgentClaims::deny_tracked(std::string_view by) {
  if (tracked_ == none) return;
  Claim& claim = observations_.claims[tracked_];
  claim.kind = ClaimKind::denied;
  claim.note = observations_.strings.intern(by);
  tracked_ = none;
}

void AgentClaims::end_line(std::uint64_t line) {
  if (pending_.empty()) observations_.skip(left_out_.empty() ? "no destination" : left_out_, line);
  commit(false, line);
}

void AgentClaims::end_damaged_line(std::string_view reason, std::uint64_t line) {
  observations_.skip(reason, line);
  commit(true, line);
}

void AgentClaims::commit(bool damaged, std::uint64_t line) {
  if (too_many_) observations_.skip("more than 16 destinations", line);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    Claim& claim = pending_[i];
    claim.damaged = damaged;
    const Micros at = claim.at == no_time ? no_time : claim.at / second;
    const Key key{at,         claim.uid,      claim.gid,  claim.pid,         claim.host, claim.to,
                  claim.port, claim.protocol, claim.kind, claim.has_address, damaged};
    const bool is_tracked = i == tracked_pending_;
    // What may turn out to be denied is held on its own.
    if (!is_tracked && recent_.find(key) != nullptr) continue;
    if (!is_tracked) recent_.insert(key, {});
    if (is_tracked) tracked_ = observations_.claims.size();
    observations_.claims.push_back(claim);
  }
  pending_.clear();
  track_next_ = false;
  tracked_pending_ = none;
  record_ = 0;
  left_out_ = {};
  too_many_ = false;
}

std::uint64_t hash_of(const AgentClaims::Key& key) {
  std::uint64_t hash = hash_step(0, static_cast<std::uint64_t>(key.second));
  hash = hash_step(hash, std::uint64_t{key.uid} << 32 | key.pid);
  hash = hash_step(hash, std::uint64_t{key.host} << 32 | key.port);
  hash = hash_step(hash, key.to.high);
  return hash_step(hash, key.to.low);
}

}  // namespace egressc::sources
