#include "compare/lines.h"
#include "model/document/document.h"
#include "model/words/words.h"

namespace egressc::compare {
namespace {

std::string_view word_of(Family family) { return family == Family::ipv4 ? "ipv4" : "ipv6"; }

void ids(JsonText& json, std::string_view name, const std::vector<IdRange>& ranges) {
  json.list(name, ranges, [&](const IdRange& range) { json.text(id_text(range)); });
}

void line(JsonText& json, const FlowLine& line) {
  json.open_object();
  json.text("to", destination_text(line));
  json.texts("names", line.names);
  json.boolean("live", line.live);
  json.list("addresses", line.addresses, [&](const AddressRange& range) { json.text(to_string(range)); });
  if (line.loopback) json.boolean("loopback", *line.loopback);
  json.texts("services", line.services);
  json.close();
}

void list(JsonText& json, std::string_view name, const FlowList& list) {
  json.open_object(name);
  json.boolean("all_but", list.all_but);
  if (list.family) json.text("family", word_of(*list.family));
  json.list("flows", list.lines, [&](const FlowLine& one) { line(json, one); });
  json.close();
}

void subject(JsonText& json, const SubjectDifference& subject) {
  json.open_object();
  json.text("subject", subject.label);
  ids(json, "uids", subject.uids);
  ids(json, "gids", subject.gids);
  json.boolean("with_socket", subject.with_socket);
  json.boolean("without_socket", subject.without_socket);
  list(json, "added", subject.added);
  list(json, "removed", subject.removed);
  list(json, "possibly_added", subject.possibly_added);
  list(json, "possibly_removed", subject.possibly_removed);
  json.number("unchanged", subject.unchanged);
  json.close();
}

void name(JsonText& json, const OneFamily& name) {
  json.open_object();
  json.text("subject", name.subject);
  json.text("name", name.name);
  json.text("family", word_of(name.family));
  json.boolean("knows_other", name.has_other);
  json.close();
}

void undecided(JsonText& json, std::string_view side, const Meaning& meaning) {
  for (const Undecided& rule : meaning.undecided) {
    json.open_object();
    json.text("side", side);
    json.text("file", rule.where.file);
    json.number("line", rule.where.line);
    json.text("rule", rule.text);
    json.text("why", rule.why);
    json.close();
  }
}

}  // namespace
}  // namespace egressc::compare

namespace egressc {

std::string describe_json(const Difference& difference, std::span<const SubjectDifference> subjects,
                          std::span<const OneFamily> one_family, const Side& before, const Side& after) {
  using namespace compare;
  JsonText json;
  json.open_object();
  json.text("old", before.name);
  json.text("new", after.name);
  json.boolean("equal", difference.empty());
  json.boolean("widens", difference.widens());
  json.list("subjects", subjects, [&](const SubjectDifference& one) { subject(json, one); });
  json.list("one_family", one_family, [&](const OneFamily& one) { name(json, one); });
  json.open_list("undecided");
  undecided(json, "old", before.meaning);
  undecided(json, "new", after.meaning);
  json.close();
  json.close();
  return json.print();
}

}  // namespace egressc
