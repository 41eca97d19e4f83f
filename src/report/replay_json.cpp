#include "model/document/document.h"
#include "report/explain_words.h"
#include "report/replay.h"

namespace egressc {
namespace {

void write(JsonText& json, const ReplayRow& row) {
  const AttemptSeen& attempt = row.attempt;
  json.open_object();
  json.text("verdict", to_string(row.ruling));
  if (!row.why.empty()) json.text("why", row.why);
  if (attempt.uid != no_id) json.number("uid", attempt.uid);
  if (attempt.gid != no_id) json.number("gid", attempt.gid);
  if (!row.subject.empty()) json.text("subject", row.subject);
  if (attempt.protocol != ip_protocol::unknown) json.text("protocol", protocol_text(attempt.protocol));
  if (has_ports(attempt.protocol)) json.number("port", attempt.port);
  json.key("names");
  json.open_list();
  for (const DomainName& name : attempt.names) json.text(name.spelling());
  json.close();
  json.key("addresses");
  json.open_list();
  for (const Address& address : row.addresses) json.text(to_string(address));
  json.close();
  json.number("seen", attempt.seen);
  json.number("stopped", attempt.denied);
  if (attempt.first != no_time) json.text("first", to_string_utc(attempt.first));
  if (attempt.last != no_time) json.text("last", to_string_utc(attempt.last));
  json.text("trust", to_string(attempt.trust));
  json.texts("by", attempt.by);
  json.texts("exe", attempt.exe);
  json.texts("claimed", attempt.claimed);
  json.close();
}

}  // namespace

std::string replay_json(const Replay& replay) {
  JsonText json;
  json.open_object();
  json.key("flows");
  json.open_list();
  for (const ReplayRow& row : replay.rows) write(json, row);
  json.close();
  json.key("not_judged");
  json.open_object();
  json.number("filtered", replay.rest.filtered);
  json.number("without_owner", replay.rest.tails);
  json.number("not_egress", replay.rest.not_egress);
  json.number("vague_claims", replay.rest.vague);
  json.close();
  json.close();
  return json.print();
}

}  // namespace egressc
