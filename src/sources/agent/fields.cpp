#include "sources/agent/fields.h"

#include <bit>
#include <cmath>

#include "egressc/observation.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr double latest = 253402300799.0;  // 9999-12-31T23:59:59Z
// Seconds since 1970 stay below this until the year 5138, and milliseconds were above it in 1973.
constexpr std::int64_t first_not_seconds = 100'000'000'000;

Micros from_whole(std::int64_t number) {
  if (number < 0) return no_time;
  if (number < first_not_seconds) return number * second;
  if (number < first_not_seconds * 1000) return number * 1000;
  if (number < first_not_seconds * 1'000'000) return number;
  return number / 1000;
}

Micros from_fraction(double number) {
  if (!(number >= 0)) return no_time;
  double seconds = number;
  for (int i = 0; i < 3 && seconds >= static_cast<double>(first_not_seconds); ++i) seconds /= 1000;
  return seconds <= latest ? std::llround(seconds * static_cast<double>(second)) : no_time;
}

struct FieldPaths {
  Field field;
  FieldGroup group;
  std::string_view paths;  // parted by blanks
};

constexpr FieldPaths field_paths[] = {
    {Field::url, FieldGroup::plain, "url uri request.url requesturl http.url url.full url.original"},
    {Field::peer, FieldGroup::destination, "fqdn daddr upstreamaddr upstreamhost raddr sockaddrarg.addr"},
    {Field::port, FieldGroup::destination, "dport rport sockaddrarg.port"},
    {Field::peer, FieldGroup::server,
     "server.address server.ip server.domain sni authority :authority requestedservername"},
    {Field::port, FieldGroup::server, "server.port"},
    {Field::peer, FieldGroup::plain, "host domain server servername http.host url.domain"},
    {Field::port, FieldGroup::plain, "port url.port"},
    {Field::peer, FieldGroup::own, "hostname"},
    {Field::protocol, FieldGroup::plain, "proto protocol transport network.transport net.transport dst.proto ipproto"},
    {Field::uid, FieldGroup::plain, "uid userid user.id process.user.id process.uid info.task.uid proc.creds.uid"},
    {Field::gid, FieldGroup::plain, "gid groupid group.id process.group.id info.task.gid proc.creds.gid"},
    {Field::pid, FieldGroup::plain, "pid processid process.pid info.task.pid proc.pid"},
    {Field::time, FieldGroup::plain,
     "time ts timestamp @timestamp timeunixnano starttimeunixnano datetime info.utctime"},
    {Field::direction, FieldGroup::plain,
     "direction network.direction event.direction flow.direction trafficdirection flow.trafficdirection qr pkttype "
     "dns.type isreply flow.isreply"},
    {Field::own, FieldGroup::plain, "saddr sport laddr lport listen listener bind bindaddr downstreamlocaladdress"},
    {Field::verdict, FieldGroup::plain,
     "verdict decision disposition action event.action event.outcome outcome policy.verdict alert.action "
     "responsecodedetails squidresult resultcode cachestatus"},
    {Field::blocked, FieldGroup::plain, "blocked denied rejected isblocked"},
    {Field::permitted, FieldGroup::plain, "allowed permitted isallowed"},
    {Field::event, FieldGroup::plain,
     "event type eventtype operation syscall functionname event.name info.event.name msg message"},
    {Field::span_kind, FieldGroup::plain, "kind span.kind spankind"},
    {Field::role, FieldGroup::plain, "role message.role messages.role author.role choices.message.role"},
    {Field::quoted, FieldGroup::plain,
     "referer referrer origin link location contentlocation contentsecuritypolicy contentsecuritypolicyreportonly "
     "reportto nel reportingendpoints accesscontrolalloworigin altsvc setcookie cookie refresh xmlns href "
     "schemalocation "
     "$schema @context homepage repository license"},
    {Field::client, FieldGroup::plain,
     "client client.ip client.address clientip clientaddr clientaddress request.remoteip request.remoteaddr "
     "request.clientip req.remoteaddress req.ip downstreamremoteaddress"},
    {Field::path, FieldGroup::plain,
     "path url.path urlpath uripath http.target http.path request request.uri request.path requesturi requestpath "
     "req.url clientrequesturi clientrequestpath"},
    {Field::method, FieldGroup::plain,
     "method request.method requestmethod http.method http.request.method req.method clientrequestmethod"},
    {Field::status, FieldGroup::plain,
     "status statuscode response.status http.status http.statuscode http.response.statuscode res.statuscode "
     "edgeresponsestatus responsecode"},
};

struct Beginning {
  std::string_view text;
  FieldGroup group;
};

constexpr Beginning beginnings[] = {
    {"dst", FieldGroup::destination},   {"dest", FieldGroup::destination},   {"destination", FieldGroup::destination},
    {"peer", FieldGroup::peer},         {"remote", FieldGroup::peer},        {"net.peer", FieldGroup::peer},
    {"network.peer", FieldGroup::peer}, {"net.sock.peer", FieldGroup::peer},
};

constexpr std::string_view own_ends[] = {"src", "source", "local", "client", "downstream"};

// tracing and logrus nest an agent's own fields, OpenTelemetry and Tetragon nest everything.
constexpr std::string_view wrappers[] = {
    "fields",         "@fields",       "attributes",    "data",       "context",      "ctx",
    "extra",          "details",       "params",        "args",       "arguments",    "input",
    "payload",        "resource",      "body",          "values",     "resourcelogs", "scopelogs",
    "logrecords",     "kvlistvalue",   "resourcespans", "scopespans", "spans",        "instrumentationlibraryspans",
    "processconnect", "processkprobe", "sockarg",       "skbarg",
};

struct MappedName {
  std::string_view name;
  Field field;
};

constexpr MappedName mapped_names[] = {
    {"host", Field::peer}, {"address", Field::peer},      {"port", Field::port},
    {"url", Field::url},   {"protocol", Field::protocol}, {"uid", Field::uid},
    {"gid", Field::gid},   {"pid", Field::pid},           {"time", Field::time},
};

std::uint64_t hash_of(std::string_view path) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : path) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash ^ (hash >> 29);
}

}  // namespace

std::optional<std::uint32_t> parse_id(std::string_view text) {
  const auto id = parse_number<std::uint32_t>(text);
  return id && *id != no_id ? id : std::nullopt;
}

std::uint8_t parse_ip_protocol(std::string_view text) {
  constexpr std::string_view tcp[] = {"tcp4", "tcp6", "6", "ip_tcp", "ipproto_tcp"};
  constexpr std::string_view udp[] = {"udp4", "udp6", "17", "ip_udp", "ipproto_udp", "quic"};
  const auto is_among = [&](const auto& names) {
    return std::any_of(std::begin(names), std::end(names), [&](auto name) { return equals_lower(text, name); });
  };
  if (is_among(tcp)) return ip_protocol::tcp;
  if (is_among(udp)) return ip_protocol::udp;
  if (text == "1") return ip_protocol::icmp;
  return text == "58" ? ip_protocol::icmpv6 : protocol_named(text);
}

Micros parse_agent_time(std::string_view text, int utc_offset_minutes) {
  if (text.size() > 4 && text[4] == '-') return parse_iso_time(text, utc_offset_minutes).value_or(no_time);
  if (const auto whole = parse_number<std::int64_t>(text)) return from_whole(*whole);
  if (const auto fraction = parse_number<double>(text)) return from_fraction(*fraction);
  return no_time;
}

bool FieldPathText::put(char c) {
  if (size_ >= capacity) {
    size_ = capacity + 1;
    return false;
  }
  text_[size_++] = c;
  return true;
}

void FieldPathText::append(std::string_view key) {
  if (size_ > capacity) return;
  const std::size_t start = size_;
  if (start != 0 && !put('.')) return;
  for (const char c : key) {
    if (c == '_' || c == '-') continue;
    if (c == '.' && start == 0 && unwrap()) continue;
    if (!put(to_lower(c))) return;
  }
}

bool FieldPathText::unwrap() {
  if (std::find(std::begin(wrappers), std::end(wrappers), text()) == std::end(wrappers)) return false;
  size_ = 0;
  return true;
}

FieldTable::FieldTable(std::span<const FieldPath> mapped) : slots_(std::bit_ceil(1024 + 4 * mapped.size())) {
  for (const FieldPath& field : mapped) {
    FieldPathText path;
    path.append(field.path);
    for (const MappedName& name : mapped_names)
      if (name.name == field.field) add(path.text(), {name.field, FieldGroup::mapped});
  }
  for (auto [field, group, paths] : field_paths)
    while (!paths.empty()) add(take_word(paths), {field, group});
  for (const Beginning& beginning : beginnings) add_ends(beginning.text, {Field::peer, beginning.group});
  for (const std::string_view beginning : own_ends) add_ends(beginning, {Field::own, FieldGroup::plain});
}

void FieldTable::add_ends(std::string_view prefix, Spelling spelling) {
  static constexpr std::string_view peers[] = {"ip", "addr", "address", "host", "hostname", "name", "domain", "fqdn"};
  const std::string joined(prefix);
  add(joined, spelling);
  for (const std::string_view end : peers) {
    add(joined + std::string(end), spelling);
    add(joined + "." + std::string(end), spelling);
  }
  if (spelling.field == Field::peer) spelling.field = Field::port;
  add(joined + "port", spelling);
  add(joined + ".port", spelling);
}

// What is there already stays: a mapping comes first.
void FieldTable::add(std::string_view path, Spelling spelling) {
  if (path.empty()) return;
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of(path) & mask;
  for (; !slots_[slot].path.empty(); slot = (slot + 1) & mask)
    if (slots_[slot].path == path) return;
  slots_[slot] = {std::string(path), spelling};
}

Spelling FieldTable::find(std::string_view path) const {
  if (path.empty()) return {};
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash_of(path) & mask; !slots_[slot].path.empty(); slot = (slot + 1) & mask)
    if (slots_[slot].path == path) return slots_[slot].spelling;
  return {};
}

}  // namespace egressc::sources
