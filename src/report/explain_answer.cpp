#include <fmt/core.h>

#include <algorithm>

#include "egressc/policy.h"
#include "report/explain.h"
#include "report/words.h"

namespace egressc::report {
namespace {

// Whether the judgements are on several pairs of user and group.
bool has_several_askers(const Answer& answer) {
  return std::any_of(answer.judgements.begin(), answer.judgements.end(), [&](const Judgement& judgement) {
    const FlowPoint& first = answer.judgements.front().flow;
    return judgement.flow.uid != first.uid || judgement.flow.gid != first.gid;
  });
}

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
  if (judgement.grants.empty()) return judgement.why;
  return "granted at " + joined(judgement.grants, ", ", [](const Grant* grant) { return place_text(grant->where); });
}

std::string flows_text(const Answer& answer, bool color) {
  const bool several = has_several_askers(answer);
  std::vector<std::string> flows;
  std::size_t width = 0;
  for (const Judgement& judgement : answer.judgements) {
    const FlowPoint& flow = judgement.flow;
    flows.push_back((several ? who_text(flow.uid, flow.gid) + ' ' : "") + to_string(flow));
    width = std::max(width, flows.back().size());
  }
  std::string text;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const Judgement& judgement = answer.judgements[i];
    text +=
        fmt::format("  {:{}}  {}: {}\n", flows[i], width, ruling_text(judgement.ruling, color), why_text(judgement));
  }
  return text;
}

std::string remedy_text(const Remedy& remedy, const std::string& operand) {
  const std::string& file = remedy.file.empty() ? operand : remedy.file;
  const std::string where = remedy.before == 0
                                ? fmt::format("at the end of {}", printable(file, whole_line))
                                : fmt::format("before line {} of {}", remedy.before, printable(file, whole_line));
  return fmt::format("to grant it, put this {} ({}):\n{}", where, remedy.place, indented(remedy.yaml, ""));
}

void add_grant(JsonText& json, const Grant& grant) {
  add_place(json, grant.where);
  json.key("yaml");
  json.lines(grant_text(grant));
  json.open_object("evidence");
  json.number("seen", grant.evidence.seen);
  add_times(json, grant.evidence.first, grant.evidence.last);
  add_sources(json, grant.evidence.by, grant.evidence.exe, grant.evidence.claimed);
  json.close();
}

void add_judgement(JsonText& json, const Judgement& judgement, bool with_uid, bool with_gid) {
  const FlowPoint& flow = judgement.flow;
  json.open_object();
  if (with_uid) json.number("uid", flow.uid);
  if (with_gid) json.number("gid", flow.gid);
  add_flow(json, flow);
  json.text("verdict", to_string(judgement.ruling));
  json.text("by", to_string(judgement.basis));
  if (judgement.subject != nullptr) json.text("subject", judgement.subject->label);
  if (!judgement.why.empty()) json.text("why", judgement.why);
  json.list("grants", judgement.grants, [&](const Grant* by) {
    json.open_object();
    add_grant(json, *by);
    json.close();
  });
  json.close();
}

void add_near(JsonText& json, const Near& near) {
  json.open_object();
  json.text("why", near.why);
  json.text("subject", near.subject->label);
  add_grant(json, *near.grant);
  json.close();
}

void add_held(JsonText& json, const Held& held) {
  json.open_object();
  if (held.subject != nullptr) json.text("subject", held.subject->label);
  json.text("reason", to_string(held.review->reason));
  add_grant(json, held.review->what);
  json.close();
}

}  // namespace
}  // namespace egressc::report

namespace egressc {

std::string answer_text(const Answer& answer, std::string_view question, const std::string& file, bool color) {
  using namespace report;
  std::string text = fmt::format("{}: {}\n", ruling_text(answer.ruling, color), printable(question, whole_line));
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

std::string answer_json(const Answer& answer, const FlowQuestion& asked, std::string_view question,
                        const std::string& file) {
  using namespace report;
  const bool several = has_several_askers(answer);
  const bool with_uid = several || asked.uid;
  const bool with_gid = several || asked.gid;
  JsonText json;
  json.open_object();
  json.text("question", question);
  json.text("policy", file);
  json.text("verdict", to_string(answer.ruling));
  json.list("flows", answer.judgements, [&](const Judgement& each) { add_judgement(json, each, with_uid, with_gid); });
  add_names(json, answer.names);
  json.list("near", answer.near, [&](const Near& near) { add_near(json, near); });
  json.list("review", answer.review, [&](const Held& held) { add_held(json, held); });
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
