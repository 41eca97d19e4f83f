#include "report/explain_answer.h"

#include <fmt/core.h>

#include <algorithm>

#include "report/explain_words.h"

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

}  // namespace egressc
