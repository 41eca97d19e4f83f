#include "usage/usage.h"
#include "usage/words.h"

namespace egressc {
namespace {

void add_count(JsonText& json, const Count& count) {
  json.number("packets", count.packets);
  json.number("bytes", count.bytes);
}

void add_count(JsonText& json, std::string_view name, const Count& count) {
  json.key(name);
  json.open_object();
  add_count(json, count);
  json.close();
}

void add_ids(JsonText& json, std::string_view name, const std::vector<IdRange>& ids) {
  json.key(name);
  json.open_list();
  for (const IdRange& range : ids) json.text(counting::id_text(range));
  json.close();
}

void add_grant(JsonText& json, const GrantUsage& grant) {
  json.open_object();
  json.text("file", grant.where.file);
  json.number("line", grant.where.line);
  json.text("to", counting::destination_text(grant));
  json.texts("names", grant.names);
  if (!grant.prefix.empty()) json.text("prefix", grant.prefix);
  json.texts("services", grant.services);
  json.boolean("live", grant.live);
  add_count(json, grant.count);
  json.boolean("shared", grant.shared);
  json.boolean("loaded", grant.loaded);
  json.boolean("expired", grant.expired);
  json.close();
}

void add_subject(JsonText& json, const SubjectUsage& subject, bool by_grant) {
  json.open_object();
  json.text("subject", subject.label);
  add_ids(json, "uids", subject.uids);
  add_ids(json, "gids", subject.gids);
  add_count(json, "allowed", subject.allowed);
  if (subject.denied) add_count(json, "denied", *subject.denied);
  if (by_grant) {
    if (subject.resolvers) {
      json.key("resolvers");
      json.open_object();
      add_count(json, subject.resolvers->count);
      json.boolean("shared", subject.resolvers->shared);
      json.close();
    }
    json.key("grants");
    json.open_list();
    for (const GrantUsage& grant : subject.grants) add_grant(json, grant);
    json.close();
  }
  json.close();
}

}  // namespace

void add_usage(JsonText& json, const Usage& usage) {
  json.open_object();
  json.boolean("by_grant", usage.by_grant);
  json.boolean("monitor", usage.monitors);
  json.boolean("opening_only", usage.opening_only);
  json.key("subjects");
  json.open_list();
  for (const SubjectUsage& subject : usage.subjects) add_subject(json, subject, usage.by_grant);
  json.close();
  add_count(json, "established", usage.established);
  add_count(json, "baseline", usage.baseline);
  add_count(json, "denied", usage.denied);
  if (usage.denied_others) add_count(json, "denied_others", *usage.denied_others);
  add_count(json, "unattributed", usage.unattributed);
  json.number("strangers", usage.strangers);
  json.close();
}

}  // namespace egressc
