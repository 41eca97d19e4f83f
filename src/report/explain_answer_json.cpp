#include "model/document/document.h"
#include "report/explain_answer.h"
#include "report/explain_words.h"

namespace egressc {
namespace {

void place(JsonText& json, const Location& where) {
  json.text("file", where.file);
  json.number("line", where.line);
  json.number("column", where.column);
}

void evidence(JsonText& json, const Evidence& evidence) {
  json.key("evidence");
  json.open_object();
  json.number("seen", evidence.seen);
  if (evidence.first != no_time) json.text("first", to_string_utc(evidence.first));
  if (evidence.last != no_time) json.text("last", to_string_utc(evidence.last));
  json.texts("by", evidence.by);
  json.texts("exe", evidence.exe);
  json.texts("claimed", evidence.claimed);
  json.close();
}

void grant(JsonText& json, const Grant& grant) {
  place(json, grant.where);
  json.key("yaml");
  json.lines(grant_text(grant));
  evidence(json, grant.evidence);
}

void judgement(JsonText& json, const Judgement& judgement, bool with_uid, bool with_gid) {
  const FlowPoint& flow = judgement.flow;
  json.open_object();
  if (with_uid) json.number("uid", flow.uid);
  if (with_gid) json.number("gid", flow.gid);
  json.text("protocol", protocol_text(flow.protocol));
  json.text("address", to_string(flow.to));
  if (has_ports(flow.protocol)) json.number("port", flow.port);
  json.boolean("loopback", flow.loopback);
  json.text("verdict", to_string(judgement.ruling));
  json.text("by", to_string(judgement.basis));
  if (judgement.subject != nullptr) json.text("subject", judgement.subject->label);
  if (!judgement.why.empty()) json.text("why", judgement.why);
  json.key("grants");
  json.open_list();
  for (const Grant* by : judgement.grants) {
    json.open_object();
    grant(json, *by);
    json.close();
  }
  json.close();
  json.close();
}

void near(JsonText& json, const Near& near) {
  json.open_object();
  json.text("why", near.why);
  json.text("subject", near.subject->label);
  grant(json, *near.grant);
  json.close();
}

void held(JsonText& json, const Held& held) {
  json.open_object();
  if (held.subject != nullptr) json.text("subject", held.subject->label);
  json.text("reason", to_string(held.review->reason));
  grant(json, held.review->what);
  json.close();
}

template <typename List, typename Write>
void list(JsonText& json, std::string_view name, const List& values, Write write) {
  json.key(name);
  json.open_list();
  for (const auto& value : values) write(json, value);
  json.close();
}

}  // namespace

std::string answer_json(const Answer& answer, const FlowQuestion& asked, std::string_view question,
                        const std::string& file) {
  const bool several = has_several_askers(answer);
  const bool with_uid = several || asked.uid;
  const bool with_gid = several || asked.gid;
  JsonText json;
  json.open_object();
  json.text("question", question);
  json.text("policy", file);
  json.text("verdict", to_string(answer.ruling));
  list(json, "flows", answer.judgements,
       [&](JsonText& into, const Judgement& each) { judgement(into, each, with_uid, with_gid); });
  json.key("names");
  json.open_list();
  for (const DomainName& name : answer.names) json.text(name.spelling());
  json.close();
  list(json, "near", answer.near, near);
  list(json, "review", answer.review, held);
  json.key("remedy");
  if (answer.remedy) {
    json.open_object();
    json.text("file", answer.remedy->file.empty() ? file : answer.remedy->file);
    json.number("before", answer.remedy->before);
    json.text("place", answer.remedy->place);
    json.key("yaml");
    json.lines(answer.remedy->yaml);
    json.close();
  } else {
    json.null();
  }
  json.texts("notes", answer.notes);
  json.close();
  return json.print();
}

}  // namespace egressc
