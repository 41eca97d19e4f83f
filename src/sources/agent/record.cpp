#include "sources/agent/record.h"

#include <algorithm>
#include <initializer_list>

#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

// What loggers write where there is nothing to say.
bool is_unsaid(std::string_view text) { return text.empty() || text == "-" || text == "null"; }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return equals_lower(text, word); });
}

// "host" is pkt_type, as packet(7) has it.
bool is_inbound(std::string_view direction) { return is_one_of(direction, {"inbound", "ingress", "incoming", "host"}); }
// Of Inspektor Gadget, Suricata and Hubble.
bool is_reply(std::string_view direction) { return is_one_of(direction, {"r", "answer", "response", "true"}); }

// The numbers are those of OpenTelemetry's protocol.
bool is_serving(std::string_view kind, bool is_span) {
  return is_one_of(kind, {"server", "consumer", "span_kind_server", "span_kind_consumer", "spankind.server",
                          "spankind.consumer"}) ||
         (is_span && (kind == "2" || kind == "5"));
}

bool is_role(std::string_view text) {
  return is_one_of(text, {"assistant", "user", "system", "developer", "model", "human", "ai"});
}

bool is_about_subject(Field field) {
  return field == Field::uid || field == Field::gid || field == Field::pid || field == Field::time;
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

bool RecordDestinations::has_port(std::uint16_t port) const {
  return std::any_of(said_ports_.begin(), said_ports_.end(), [&](const Port& said) { return said.number == port; });
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
                                    const Fate& fate, AgentClaims& claims) const {
  if (endpoint.protocol == ip_protocol::unknown) endpoint.protocol = protocol;
  if (endpoint.port != 0 || (ports_.empty() && !bad_port_)) return claims.add(endpoint, subject, fate);
  if (bad_port_) claims.reject();
  for (const std::uint16_t port : ports_) {
    endpoint.port = port;
    claims.add(endpoint, subject, fate);
  }
}

void RecordDestinations::claim(std::uint8_t protocol, const ClaimSubject& subject, const Fate& fate,
                               AgentClaims& claims) {
  if (urls_.overflowed() || peers_.overflowed() || said_ports_.overflowed()) claims.overflow();
  choose_peers();
  choose_ports();
  drop_own_names();
  for (const Endpoint& said : urls_) {
    Endpoint url = said;
    if (&said == urls_.begin()) pair_url(url);
    if (url.protocol == ip_protocol::unknown) url.protocol = protocol;
    claims.add(url, subject, fate);
  }

  // The first name and the first address speak of one peer; more of them, that of several.
  const Endpoint* name = names_.begin();
  const Endpoint* address = addresses_.begin();
  if (name != names_.end() && address != addresses_.end() &&
      (name->port == address->port || name->port == 0 || address->port == 0)) {
    claim_peer({name->host, address->address, std::max(name->port, address->port), name->protocol, {}}, protocol,
               subject, fate, claims);
    ++name;
    ++address;
  }
  for (; name != names_.end(); ++name) claim_peer(*name, protocol, subject, fate, claims);
  for (; address != addresses_.end(); ++address) claim_peer(*address, protocol, subject, fate, claims);
  if (invalid_) claims.reject();
}

void AgentRecord::claim(const JsonRecord& record, const ClaimSubject& known) {
  clear();
  known_ = known;
  for (std::size_t i = 0; i < record.fields.size(); ++i)
    if (i >= record.shared || is_about_subject(record.fields[i].spelling.field)) take(record.fields[i], record.span);
  if (record.truncated || texts_.overflowed() || calls_.overflowed()) claims_.overflow();
  if (const std::string_view reason = why_inbound(); !reason.empty()) {
    calls_.clear();
    return claims_.leave_out(reason);
  }
  destinations_.claim(protocol_.value(), subject(), fate(), claims_);
  for (const SpokenText& text : texts_) scanner_.scan(text.text, subject(), speech_of(text), fate());
  for (const SpokenText& text : record.texts) {
    if (text.speech == Speech::arguments && text.text.starts_with('{'))
      calls_.add(text.text);
    else
      scanner_.scan(text.text, subject(), speech_of(text), fate());
  }
  if (calls_.overflowed()) claims_.overflow();
}

ClaimSubject AgentRecord::subject() const {
  ClaimSubject subject{time_.value(), uid_.value(), gid_.value(), pid_.value()};
  if (subject.at == no_time) subject.at = known_.at;
  if (subject.uid == no_id) subject.uid = known_.uid;
  if (subject.gid == no_id) subject.gid = known_.gid;
  if (subject.pid == 0) subject.pid = known_.pid;
  return subject;
}

void AgentRecord::clear() {
  destinations_.clear();
  texts_.clear();
  calls_.clear();
  denied_by_ = {};
  time_.clear();
  uid_.clear();
  gid_.clear();
  pid_.clear();
  protocol_.clear();
  inbound_ = reply_ = accepted_ = client_ = path_ = answered_ = connect_ = refused_ = role_ = false;
}

// A server's log tells of requests: a client, a path, and what became of it. An agent's own request has a URL.
std::string_view AgentRecord::why_inbound() const {
  if (inbound_ || (accepted_ && !destinations_.has_url())) return "inbound traffic";
  if (reply_ && !destinations_.has_port(53)) return "inbound traffic";
  if ((client_ || destinations_.has_peer()) && path_ && answered_ && !connect_ && !destinations_.has_url())
    return "inbound request";
  return {};
}

Fate AgentRecord::fate() const {
  if (!denied_by_.empty()) return {ClaimKind::denied, denied_by_};
  if (connect_ && refused_) return {ClaimKind::denied, "denied by a proxy"};
  return {};
}

Speech AgentRecord::speech_of(const SpokenText& text) const {
  switch (text.speech) {
    case Speech::content:
      return role_ ? Speech::prose : Speech::output;
    case Speech::text:
      return role_ ? Speech::prose : Speech::log;
    case Speech::command:
      return destinations_.empty() ? Speech::log : Speech::prose;
    case Speech::call:
    case Speech::arguments:
      return Speech::log;
    default:
      return text.speech;
  }
}

void AgentRecord::take_url(std::string_view text) {
  if (text.find("://") != text.npos)
    destinations_.add_url(text);
  else if (text.starts_with('/'))
    path_ = true;
  else
    texts_.add({text});
}

void AgentRecord::take_event(std::string_view text) {
  accepted_ = accepted_ || is_accepting(text);
  if (denied_by_.empty()) denied_by_ = denied_by(text);
  if (TextScanner::may_tell(text)) texts_.add({text});
}

void AgentRecord::take_verdict(std::string_view text) {
  const std::string_view by = denied_by(text);
  if (!by.empty())
    denied_by_ = by;
  else if (is_one_of(text, {"block", "deny", "drop", "dropped", "reject", "rejected", "forbidden", "disallow"}))
    denied_by_ = denied_in_words;
  else if (TextScanner::may_tell(text))
    texts_.add({text});
}

void AgentRecord::take_status(std::string_view text) {
  answered_ = true;
  refused_ = refused_ || (text.size() == 3 && text[0] == '4' && is_digit(text[1]) && is_digit(text[2]));
  if (const std::string_view by = denied_by(text); !by.empty()) denied_by_ = by;
}

void AgentRecord::take(const FieldValue& value, bool span) {
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
      reply_ = reply_ || is_reply(value.text);
      break;
    case Field::span_kind:
      inbound_ = inbound_ || is_serving(value.text, span);
      break;
    case Field::client:
      client_ = client_ || !value.text.empty();
      break;
    case Field::own:
      if (value.text.find("://") != value.text.npos) texts_.add({value.text});
      break;
    case Field::path:
      if (value.text.find("://") != value.text.npos)
        texts_.add({value.text});
      else
        path_ = true;
      break;
    case Field::method:
      connect_ = connect_ || equals_lower(value.text, "connect");
      answered_ = true;
      break;
    case Field::status:
      take_status(value.text);
      break;
    case Field::event:
      take_event(value.text);
      break;
    case Field::verdict:
      take_verdict(value.text);
      break;
    case Field::blocked:
    case Field::permitted:
      if (value.text == (value.spelling.field == Field::blocked ? "true" : "false"))
        denied_by_ = denied_in_words;
      else
        texts_.add({value.text});
      break;
    case Field::role:
      role_ = role_ || is_role(value.text);
      break;
    case Field::quoted:
      texts_.add({value.text, Speech::prose});
      break;
  }
}

}  // namespace egressc::sources
