#include <algorithm>
#include <array>

#include "model/document/document.h"
#include "report/status_text.h"

namespace egressc {
namespace {

constexpr std::array<std::string_view, 3> drifts = {"unknown", "none", "drifted"};

void add_since(JsonText& json, const std::optional<Micros>& since) {
  if (since) json.text("since", to_string_utc(*since));
}

void add_policy(JsonText& json, std::string_view name, const AppliedPolicy& policy) {
  json.key(name);
  json.open_object();
  if (!policy.version.empty()) json.text("version", policy.version);
  if (!policy.hash.empty()) json.text("sha256", policy.hash);
  add_since(json, policy.since);
  if (!policy.file.empty()) json.text("file", policy.file);
  json.close();
}

void add_pending(JsonText& json, const Pending& pending) {
  json.key("pending");
  json.open_object();
  json.number("left_ms", static_cast<std::uint64_t>(std::max<std::int64_t>(pending.left.count(), 0)));
  add_since(json, pending.since);
  json.close();
}

}  // namespace

std::string describe_status_json(const StatusReport& report, Micros now) {
  JsonText json;
  json.open_object();
  json.text("time", to_string_utc(now));
  json.text("netns", report.netns);
  json.boolean("loaded", report.table_present);
  add_policy(json, "current", report.current);
  if (report.previous) add_policy(json, "previous", *report.previous);
  json.text("drift", drifts[static_cast<std::size_t>(report.drift)]);
  if (!report.drift_text.empty()) {
    json.key("difference");
    json.lines(report.drift_text);
  }
  if (report.pending) add_pending(json, *report.pending);
  if (report.usage) {
    json.key("usage");
    add_usage(json, *report.usage);
  }
  json.texts("warnings", report.warnings);
  json.close();
  return json.print();
}

}  // namespace egressc
