#include <fmt/core.h>

#include <algorithm>

#include "model/document/document.h"
#include "report/explain.h"
#include "report/words.h"

namespace egressc {
namespace {

struct GrantOf {
  const Subject* subject;
  const Grant* grant;
};

// Each once, in the order in which the flows name them.
std::vector<GrantOf> grants_of(const Answer& answer) {
  std::vector<GrantOf> grants;
  for (const Judgement& judgement : answer.judgements)
    for (const Grant* grant : judgement.grants)
      if (std::none_of(grants.begin(), grants.end(), [grant](const GrantOf& known) { return known.grant == grant; }))
        grants.push_back({judgement.subject, grant});
  return grants;
}

std::string why_text(const Judgement& judgement) {
  std::string places;
  for (const Grant* grant : judgement.grants) places += (places.empty() ? "" : ", ") + place_text(grant->where);
  return judgement.grants.empty() ? judgement.why : "granted at " + places;
}

std::string flows_text(const Answer& answer, bool color) {
  const bool several = has_several_askers(answer);
  std::vector<std::string> flows;
  std::size_t width = 0;
  for (const Judgement& judgement : answer.judgements) {
    const FlowPoint& flow = judgement.flow;
    flows.push_back((several ? fmt::format("uid {} gid {} ", flow.uid, flow.gid) : "") + flow_text(flow));
    width = std::max(width, flows.back().size());
  }
  std::string text;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const Judgement& judgement = answer.judgements[i];
    text += fmt::format("  {:{}}  {}: {}\n", flows[i], width, painted(judgement.ruling, color), why_text(judgement));
  }
  return text;
}

std::string remedy_text(const Remedy& remedy, const std::string& operand) {
  const std::string& file = remedy.file.empty() ? operand : remedy.file;
  const std::string where = remedy.before == 0
                                ? fmt::format("at the end of {}", printable(file, 4096))
                                : fmt::format("before line {} of {}", remedy.before, printable(file, 4096));
  return fmt::format("to grant it, put this {} ({}):\n{}", where, remedy.place, indented(remedy.yaml, ""));
}

}  // namespace

bool has_several_askers(const Answer& answer) {
  return std::any_of(answer.judgements.begin(), answer.judgements.end(), [&](const Judgement& judgement) {
    const FlowPoint& first = answer.judgements.front().flow;
    return judgement.flow.uid != first.uid || judgement.flow.gid != first.gid;
  });
}

std::string answer_text(const Answer& answer, std::string_view question, const std::string& file, bool color) {
  std::string text = fmt::format("{}: {}\n", painted(answer.ruling, color), printable(question, 4096));
  text += flows_text(answer, color);
  for (const std::string& note : answer.notes) text += fmt::format("  note: {}\n", note);
  if (!answer.names.empty()) text += fmt::format("  the address is listed for {}\n", to_string(answer.names));
  for (const auto& [subject, grant] : grants_of(answer))
    text += fmt::format("\n{}: a grant of {}\n{}    {}\n", place_text(grant->where), subject->label,
                        indented(grant_text(*grant), "    "), evidence_text(grant->evidence));
  for (const Held& held : answer.review)
    text += fmt::format("\n{}: in review{} as {}\n{}    {}\n", place_text(held.review->what.where),
                        held.subject == nullptr ? "" : " of " + held.subject->label, to_string(held.review->reason),
                        indented(grant_text(held.review->what), "    "), evidence_text(held.review->what.evidence));
  for (const Near& near : answer.near)
    text += fmt::format("\n{}{}: {}\n{}", &near == &answer.near.front() ? "nearest:\n" : "",
                        place_text(near.grant->where), near.why, indented(grant_text(*near.grant), "    "));
  if (answer.remedy) text += "\n" + remedy_text(*answer.remedy, file);
  return text;
}

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
