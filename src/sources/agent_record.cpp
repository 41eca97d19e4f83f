#include "sources/agent_record.h"

#include "sources/agent_values.h"

namespace egressc {
namespace {

bool is_inbound(std::string_view direction) {
  return equals_lower(direction, "inbound") || equals_lower(direction, "ingress") ||
         equals_lower(direction, "incoming");
}

}  // namespace

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

}  // namespace egressc
