
#include "sources/agent/fields.h"
#include "sources/agent/scanner.h"
#include "sources/audit/events.h"

namespace egressc::sources {
namespace {

// What other logs call it, and no JSON of an agent does. saddr is decoded, not read as text.
const std::array<FieldPath, 8>& keys_of_logs() {
  static const std::array<FieldPath, 8> keys = {{{"port", "dpt"},
                                                 {"address", "laddr"},
                                                 {"port", "lport"},
                                                 {"address", "saddr"},
                                                 {"address", "addr"},
                                                 {"address", "address"},
                                                 {"uid", "fsuid"},
                                                 {"gid", "fsgid"}}};
  return keys;
}

std::optional<Endpoint> read_saddr(std::string_view value) {
  if (value.size() < 16 || value.find_first_not_of("0123456789ABCDEFabcdef") != value.npos) return std::nullopt;
  const Peer peer = read_peer(value);
  if (peer.kind != Peer::Kind::internet) return std::nullopt;
  return Endpoint{{}, peer.to, peer.port, ip_protocol::unknown, {}};
}

}  // namespace

TextHints::TextHints() : table_(keys_of_logs()) {}

void TextHints::begin_line() {
  subject = {};
  peer_count_ = 0;
  port_ = 0;
  protocol_ = ip_protocol::unknown;
  uid_group_ = FieldGroup::own;
  path_ = answered_ = second_ = replies_ = false;
  source_ = first_peer_ = {};
}

Spelling TextHints::find(std::string_view key) const {
  if (key.size() > FieldPathText::capacity) return {};
  FieldPathText path;
  path.append(key);
  return table_.find(path.text());
}

void TextHints::take_source(std::string_view value) {
  if (!parse_address(value)) return;
  if (source_.empty()) {
    source_ = value;
  } else {
    second_ = true;
    replies_ = replies_ || value == first_peer_;
  }
}

bool TextHints::take_peer(Spelling key, std::string_view value) {
  if (replies_ || (second_ && value == source_)) return true;
  if (first_peer_.empty()) first_peer_ = value;
  auto endpoint = read_saddr(value);
  if (!endpoint) endpoint = parse_host_port(without_end(value));
  if (!endpoint) return false;
  Peer& peer = peers_[peer_count_];
  peer.endpoint = *endpoint;
  const bool own = key.group >= FieldGroup::plain;  // where the agent runs, as like as not
  peer.needs_port = !endpoint->address && (own || endpoint->host.find('.') == std::string_view::npos);
  peer.may_be_client = key.group == FieldGroup::peer;
  ++peer_count_;
  return !peer.needs_port;  // it may be a word of a sentence as well
}

bool TextHints::take_other(Spelling key, std::string_view value, int utc_offset_minutes) {
  switch (key.field) {
    case Field::port: {
      const auto port = parse_port(without_end(value));
      if (port && port_ == 0) port_ = *port;
      return port.has_value();
    }
    case Field::protocol:
      if (const std::uint8_t said = parse_ip_protocol(value); said != ip_protocol::unknown) protocol_ = said;
      return protocol_ != ip_protocol::unknown;
    case Field::time:
      if (subject.at == no_time) subject.at = parse_agent_time(value, utc_offset_minutes);
      return subject.at != no_time;
    case Field::uid:
    case Field::gid:
    case Field::pid:
      return take_id(key, value);
    case Field::path:
    case Field::url:
      path_ = path_ || value.starts_with('/');
      return false;
    case Field::method:
    case Field::status:
      answered_ = true;
      return false;
    case Field::own:
      if (value.find("://") != value.npos) return false;
      take_source(value);
      return true;
    case Field::client:
      return value.find("://") == value.npos;
    default:
      return false;
  }
}

bool TextHints::take_id(Spelling key, std::string_view value) {
  const auto id = parse_id(value);
  if (!id) return false;
  if (key.field == Field::gid) {
    subject.gid = *id;
  } else if (key.field == Field::pid) {
    subject.pid = *id;
  } else if (subject.uid == no_id || key.group < uid_group_) {
    subject.uid = *id;
    uid_group_ = key.group;  // fsuid is what a firewall compares, whatever uid stands beside it
  }
  return true;
}

bool TextHints::is_destination(const Peer& peer) const {
  if (peer.may_be_client && path_ && answered_) return false;
  return !peer.needs_port || peer.endpoint.port != 0;
}

void TextHints::complete() {
  for (std::size_t i = 0; i < peer_count_; ++i) {
    Endpoint& endpoint = peers_[i].endpoint;
    if (endpoint.port == 0) endpoint.port = port_;
    if (endpoint.protocol == ip_protocol::unknown) endpoint.protocol = protocol_;
  }
  port_ = 0;
}

}  // namespace egressc::sources
