#include "model/document/document.h"
#include "report/rehearsal_text.h"

namespace egressc {
namespace {

void add_counts(JsonText& json, const ProbeCount& count) {
  json.number("allowed", count.allowed);
  json.number("passed", count.passed);
  json.number("denied", count.denied);
  json.number("stopped", count.stopped);
  json.number("not_sent", count.not_sent);
}

void add_subject(JsonText& json, const Subject* subject) {
  json.key("subject");
  if (subject == nullptr)
    json.null();
  else
    json.text(subject->label);
}

void add_flow(JsonText& json, const Probe& probe) {
  add_subject(json, probe.subject);
  json.number("uid", probe.flow.uid);
  json.number("gid", probe.flow.gid);
  json.text("flow", what(probe.flow));
}

void add_mismatch(JsonText& json, const Probe& probe) {
  json.open_object();
  add_flow(json, probe);
  json.text("kind", to_string(probe.kind));
  json.text("policy", probe.allowed ? "allowed" : "denied");
  json.text("kernel", probe.allowed ? "stopped" : "passed");
  json.key("grant");
  if (probe.grant == nullptr) {
    json.null();
  } else {
    json.open_object();
    json.text("file", probe.grant->where.file);
    json.number("line", probe.grant->where.line);
    json.number("column", probe.grant->where.column);
    json.close();
  }
  json.close();
}

void add_subject_counts(JsonText& json, const SubjectCount& subject) {
  json.open_object();
  add_subject(json, subject.subject);
  json.key("kinds");
  json.open_list();
  for (std::size_t kind = 0; kind < probe_kinds; ++kind) {
    if (subject.kinds[kind] == ProbeCount{}) continue;
    json.open_object();
    json.text("kind", to_string(static_cast<ProbeKind>(kind)));
    add_counts(json, subject.kinds[kind]);
    json.close();
  }
  json.close();
  json.close();
}

void add_dialect(JsonText& json, const DialectRehearsal& dialect) {
  json.open_object();
  json.text("dialect", dialect.dialect);
  json.text("loader", dialect.loader);
  add_counts(json, dialect.result.total());
  json.key("mismatches");
  json.open_list();
  for (const std::size_t index : dialect.result.mismatches) add_mismatch(json, dialect.probes[index]);
  json.close();
  json.key("subjects");
  json.open_list();
  for (const SubjectCount& subject : dialect.result.subjects) add_subject_counts(json, subject);
  json.close();
  json.key("not_sent_because");
  json.open_list();
  for (const Unsent& each : dialect.result.unsent) {
    json.open_object();
    json.text("why", why_not_sent(each.error));
    json.number("flows", each.count);
    json.key("such_as");
    json.open_object();
    add_flow(json, dialect.probes[each.first]);
    json.close();
    json.close();
  }
  json.close();
  json.close();
}

}  // namespace

std::string rehearsal_json(std::span<const DialectRehearsal> dialects, const RehearseOptions& options) {
  JsonText json;
  json.open_object();
  json.number("version", 1);
  json.text("policy", options.policy);
  json.number("seed", options.seed);
  json.key("dialects");
  json.open_list();
  for (const DialectRehearsal& dialect : dialects) add_dialect(json, dialect);
  json.close();
  json.close();
  return json.print();
}

}  // namespace egressc
