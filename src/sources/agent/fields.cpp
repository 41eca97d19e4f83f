#include "sources/agent/fields.h"

#include <algorithm>
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

}  // namespace

std::optional<std::uint32_t> parse_id(std::string_view text) {
  std::uint32_t value = 0;
  if (!parse_number(text, value) || value == no_id) return std::nullopt;
  return value;
}

std::uint8_t parse_ip_protocol(std::string_view text) {
  struct Name {
    std::string_view text;
    std::uint8_t protocol;
  };
  static constexpr Name names[] = {
      {"tcp", ip_protocol::tcp},         {"udp", ip_protocol::udp},  {"tcp4", ip_protocol::tcp},
      {"tcp6", ip_protocol::tcp},        {"udp4", ip_protocol::udp}, {"udp6", ip_protocol::udp},
      {"6", ip_protocol::tcp},           {"17", ip_protocol::udp},   {"ip_tcp", ip_protocol::tcp},
      {"ip_udp", ip_protocol::udp},      {"quic", ip_protocol::udp}, {"icmp", ip_protocol::icmp},
      {"icmpv6", ip_protocol::icmpv6},   {"1", ip_protocol::icmp},   {"58", ip_protocol::icmpv6},
      {"ipv6-icmp", ip_protocol::icmpv6}};
  for (const Name& name : names)
    if (equals_lower(text, name.text)) return name.protocol;
  return ip_protocol::unknown;
}

Micros parse_agent_time(std::string_view text, int utc_offset_minutes) {
  if (text.size() > 4 && text[4] == '-') return parse_iso_time(text, utc_offset_minutes).value_or(no_time);
  std::int64_t whole = 0;
  if (parse_number(text, whole)) return from_whole(whole);
  double fraction = 0;
  if (parse_number(text, fraction)) return from_fraction(fraction);
  return no_time;
}

namespace {

struct FieldEntry {
  std::string_view path;
  Field field;
  FieldGroup group = FieldGroup::plain;
};

using enum Field;

constexpr FieldEntry field_entries[] = {
    {"url", url},
    {"uri", url},
    {"request.url", url},
    {"requesturl", url},
    {"http.url", url},
    {"url.full", url},
    {"url.original", url},

    {"fqdn", peer, FieldGroup::destination},
    {"dport", port, FieldGroup::destination},
    {"daddr", peer, FieldGroup::destination},
    {"upstreamaddr", peer, FieldGroup::destination},
    {"server.address", peer, FieldGroup::server},
    {"server.ip", peer, FieldGroup::server},
    {"server.domain", peer, FieldGroup::server},
    {"server.port", port, FieldGroup::server},
    {"sni", peer, FieldGroup::server},
    {"host", peer},
    {"domain", peer},
    {"server", peer},
    {"servername", peer},
    {"http.host", peer},
    {"url.domain", peer},
    {"port", port},
    {"url.port", port},
    {"hostname", peer, FieldGroup::own},

    {"proto", protocol},
    {"protocol", protocol},
    {"transport", protocol},
    {"network.transport", protocol},
    {"net.transport", protocol},
    {"dst.proto", protocol},
    {"ipproto", protocol},

    {"uid", uid},
    {"userid", uid},
    {"user.id", uid},
    {"process.user.id", uid},
    {"gid", gid},
    {"groupid", gid},
    {"group.id", gid},
    {"process.group.id", gid},
    {"pid", pid},
    {"processid", pid},
    {"process.pid", pid},

    {"time", Field::time},
    {"ts", Field::time},
    {"timestamp", Field::time},
    {"@timestamp", Field::time},
    {"timeunixnano", Field::time},
    {"datetime", Field::time},

    {"direction", direction},
    {"network.direction", direction},
    {"event.direction", direction},
    {"flow.direction", direction},
    {"trafficdirection", direction},

    {"client", client},
    {"client.ip", client},
    {"client.address", client},
    {"clientip", client},
    {"clientaddr", client},
    {"clientaddress", client},
    {"request.remoteip", client},
    {"request.remoteaddr", client},
    {"request.clientip", client},
    {"req.remoteaddress", client},
    {"req.ip", client},

    {"path", path},
    {"url.path", path},
    {"urlpath", path},
    {"uripath", path},
    {"http.target", path},
    {"http.path", path},
    {"request", path},
    {"request.uri", path},
    {"request.path", path},
    {"requesturi", path},
    {"requestpath", path},
    {"req.url", path},
    {"clientrequesturi", path},
    {"clientrequestpath", path},

    {"method", method},
    {"request.method", method},
    {"requestmethod", method},
    {"http.method", method},
    {"http.request.method", method},
    {"req.method", method},
    {"clientrequestmethod", method},

    {"status", status},
    {"statuscode", status},
    {"response.status", status},
    {"http.status", status},
    {"http.statuscode", status},
    {"http.response.statuscode", status},
    {"res.statuscode", status},
    {"edgeresponsestatus", status},
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

// tracing and logrus nest an agent's own fields, OpenTelemetry nests everything.
constexpr std::string_view wrappers[] = {
    "fields",       "@fields",   "attributes", "data",        "context",       "ctx",        "extra", "details",
    "params",       "args",      "arguments",  "input",       "payload",       "resource",   "body",  "values",
    "resourcelogs", "scopelogs", "logrecords", "kvlistvalue", "resourcespans", "scopespans", "spans",
};

struct MappedName {
  std::string_view name;
  Field field;
};

constexpr MappedName mapped_names[] = {
    {"host", peer}, {"address", peer}, {"port", port}, {"url", url},          {"protocol", protocol},
    {"uid", uid},   {"gid", gid},      {"pid", pid},   {"time", Field::time},
};

std::uint64_t hash_of(std::string_view path) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : path) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash ^ (hash >> 29);
}

}  // namespace

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
  for (const FieldEntry& entry : field_entries) add(entry.path, {entry.field, entry.group});
  for (const Beginning& beginning : beginnings) add_ends(beginning.text, beginning.group);
}

void FieldTable::add_ends(std::string_view prefix, FieldGroup group) {
  static constexpr std::string_view peers[] = {"ip", "addr", "address", "host", "hostname", "name", "domain", "fqdn"};
  const std::string joined(prefix);
  add(joined, {peer, group});
  for (const std::string_view end : peers) {
    add(joined + std::string(end), {peer, group});
    add(joined + "." + std::string(end), {peer, group});
  }
  add(joined + "port", {port, group});
  add(joined + ".port", {port, group});
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
