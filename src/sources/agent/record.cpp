#include "sources/agent/record.h"

#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

// What loggers write where there is nothing to say.
bool is_unsaid(std::string_view text) { return text.empty() || text == "-" || text == "null"; }

bool is_inbound(std::string_view direction) {
  return equals_lower(direction, "inbound") || equals_lower(direction, "ingress") ||
         equals_lower(direction, "incoming");
}

}  // namespace

void RecordDestinations::clear() {
  urls_.clear();
  peers_.clear();
  said_ports_.clear();
  names_.clear();
  addresses_.clear();
  ports_.clear();
  surest_ = names_group_ = FieldGroup::own;
  has_peer_ = invalid_ = bad_port_ = false;
}

void RecordDestinations::add_url(std::string_view text) {
  if (const auto url = parse_url(text))
    urls_.add(*url);
  else
    invalid_ = true;
}

void RecordDestinations::add_peer(std::string_view text, FieldGroup group) {
  if (is_unsaid(text)) return;
  surest_ = std::min(surest_, group);
  has_peer_ = has_peer_ || group == FieldGroup::peer;
  peers_.add({text, group});
}

void RecordDestinations::add_port(std::string_view text, FieldGroup group) {
  if (is_unsaid(text) || text == "0") return;
  said_ports_.add({parse_port(text).value_or(0), group});
}

// A record that names both ends of a connection means itself by "host", and one that has a better "host" means itself
// by "hostname".
bool RecordDestinations::is_usable(FieldGroup group) const {
  if (surest_ <= FieldGroup::server) return group <= FieldGroup::server;
  if (surest_ <= FieldGroup::plain) return group <= FieldGroup::plain;
  return true;
}

void RecordDestinations::choose_peers() {
  FieldGroup addresses_group = FieldGroup::own;
  for (const Peer& peer : peers_) {
    if (!is_usable(peer.group)) continue;
    auto endpoint = parse_host_port(peer.text);
    if (!endpoint) endpoint = parse_url(peer.text);
    if (!endpoint)
      invalid_ = true;
    else if (endpoint->address)
      choose_peer(*endpoint, peer.group, addresses_, addresses_group);
    else
      choose_peer(*endpoint, peer.group, names_, names_group_);
  }
}

void RecordDestinations::choose_peer(const Endpoint& endpoint, FieldGroup group, FirstOf<Endpoint, most>& chosen,
                                     FieldGroup& chosen_group) {
  if (!chosen.empty() && group > chosen_group) return;
  if (group < chosen_group) chosen.clear();
  chosen_group = group;
  chosen.add(endpoint);
}

void RecordDestinations::choose_ports() {
  FieldGroup group = FieldGroup::own;
  for (const Port& port : said_ports_) group = std::min(group, port.group);
  for (const Port& port : said_ports_) {
    if (port.group != group) continue;
    if (port.number == 0)
      bad_port_ = true;
    else if (std::find(ports_.begin(), ports_.end(), port.number) == ports_.end())
      ports_.add(port.number);
  }
}

// "host" and its like, without a port, are where the agent runs unless they look like a name in the DNS and there is
// nothing better; "hostname" always is.
void RecordDestinations::drop_own_names() {
  if (names_group_ < FieldGroup::plain || !ports_.empty() || bad_port_) return;
  const auto names = names_;
  names_.clear();
  for (const Endpoint& name : names)
    if (name.port != 0 || (names_group_ == FieldGroup::plain && name.host.find('.') != name.host.npos && urls_.empty()))
      names_.add(name);
}

// The address that a URL's name had, where the record tells one and nothing contradicts.
void RecordDestinations::pair_url(Endpoint& url) {
  if (url.address || addresses_.empty()) return;
  const Endpoint& address = *addresses_.begin();
  const std::uint16_t port = address.port != 0 || ports_.empty() ? address.port : *ports_.begin();
  if (port != 0 && port != url.port) return;
  url.address = address.address;
  const auto others = addresses_;
  addresses_.clear();
  for (const Endpoint* other = others.begin() + 1; other != others.end(); ++other) addresses_.add(*other);
}

void RecordDestinations::claim_peer(Endpoint endpoint, std::uint8_t protocol, const ClaimSubject& subject,
                                    AgentClaims& claims) const {
  if (endpoint.protocol == ip_protocol::unknown) endpoint.protocol = protocol;
  if (endpoint.port != 0 || (ports_.empty() && !bad_port_)) return claims.add(endpoint, subject);
  if (bad_port_) claims.reject();
  for (const std::uint16_t port : ports_) {
    endpoint.port = port;
    claims.add(endpoint, subject);
  }
}

void RecordDestinations::claim(std::uint8_t protocol, const ClaimSubject& subject, AgentClaims& claims) {
  choose_peers();
  choose_ports();
  drop_own_names();
  for (const Endpoint& said : urls_) {
    Endpoint url = said;
    if (&said == urls_.begin()) pair_url(url);
    if (url.protocol == ip_protocol::unknown) url.protocol = protocol;
    claims.add(url, subject);
  }

  // The first name and the first address speak of one peer; more of them, that of several.
  const Endpoint* name = names_.begin();
  const Endpoint* address = addresses_.begin();
  if (name != names_.end() && address != addresses_.end() &&
      (name->port == address->port || name->port == 0 || address->port == 0)) {
    claim_peer({name->host, address->address, std::max(name->port, address->port), name->protocol}, protocol, subject,
               claims);
    ++name;
    ++address;
  }
  for (; name != names_.end(); ++name) claim_peer(*name, protocol, subject, claims);
  for (; address != addresses_.end(); ++address) claim_peer(*address, protocol, subject, claims);
  if (invalid_) claims.reject();
}

void AgentRecord::claim(const JsonRecord& record) {
  clear();
  for (const FieldValue& value : record.fields) take(value);
  if (inbound_) return claims_.leave_out("inbound traffic");
  if (is_inbound_request()) return claims_.leave_out("inbound request");
  destinations_.claim(protocol_.value(), subject(), claims_);
  for (const std::string_view text : texts_) scanner_.scan(text, subject());
  for (const std::string_view text : record.texts) scanner_.scan(text, subject());
}

void AgentRecord::clear() {
  destinations_.clear();
  texts_.clear();
  time_.clear();
  uid_.clear();
  gid_.clear();
  pid_.clear();
  protocol_.clear();
  inbound_ = client_ = path_ = answered_ = false;
}

// A server's log tells of requests: a client, a path, and what became of it. An agent's own request has a URL.
bool AgentRecord::is_inbound_request() const {
  return (client_ || destinations_.has_peer()) && path_ && answered_ && !destinations_.has_url();
}

void AgentRecord::take_url(std::string_view text) {
  if (text.find("://") != text.npos)
    destinations_.add_url(text);
  else if (text.starts_with('/'))
    path_ = true;
  else
    texts_.add(text);
}

void AgentRecord::take(const FieldValue& value) {
  const FieldGroup group = value.spelling.group;
  switch (value.spelling.field) {
    case Field::none:
      break;
    case Field::peer:
      destinations_.add_peer(value.text, group);
      break;
    case Field::port:
      destinations_.add_port(value.text, group);
      break;
    case Field::url:
      take_url(value.text);
      break;
    case Field::protocol:
      protocol_.offer(parse_ip_protocol(value.text), group);
      break;
    case Field::uid:
      uid_.offer(parse_id(value.text).value_or(no_id), group);
      break;
    case Field::gid:
      gid_.offer(parse_id(value.text).value_or(no_id), group);
      break;
    case Field::pid:
      pid_.offer(parse_id(value.text).value_or(0), group);
      break;
    case Field::time:
      time_.offer(parse_agent_time(value.text, utc_offset_minutes_), group);
      break;
    case Field::direction:
      inbound_ = inbound_ || is_inbound(value.text);
      break;
    case Field::client:
      client_ = client_ || !value.text.empty();
      break;
    case Field::path:
      if (value.text.find("://") != value.text.npos)
        texts_.add(value.text);
      else
        path_ = true;
      break;
    case Field::method:
    case Field::status:
      answered_ = true;
      break;
  }
}

}  // namespace egressc::sources
