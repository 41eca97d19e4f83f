#include "report/words.h"

#include <fmt/core.h>

#include "egressc/policy.h"
#include "model/words/text.h"

namespace egressc::report {

std::string printed(std::span<const std::string> words) {
  return joined(words, ", ", [](const std::string& word) { return printable(word); });
}

std::string evidence_text(const Evidence& evidence) {
  if (evidence.empty()) return "no evidence: written by hand";
  std::string text = evidence.seen == 0 ? "only claimed" : "seen " + plural(evidence.seen, "time", "times");
  if (evidence.first != no_time) text += ", " + to_string_utc(evidence.first);
  if (evidence.last != no_time && evidence.last != evidence.first) text += " to " + to_string_utc(evidence.last);
  if (!evidence.by.empty()) text += ", by " + printed(evidence.by);
  return text + callers_text(evidence.exe, evidence.claimed);
}

std::string callers_text(const std::vector<std::string>& exe, const std::vector<std::string>& claimed) {
  std::string text;
  if (!exe.empty()) text += "; " + printed(exe);
  if (!claimed.empty()) text += "; an agent called it " + printed(claimed);
  return text;
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) out += fmt::format("{}{}\n", indent, printable(take_line(text), whole_line));
  return out;
}

std::string_view style_of(Ruling ruling) {
  if (ruling == Ruling::allowed) return Style::bold_green;
  return ruling == Ruling::denied ? Style::bold_red : Style::bold_yellow;
}

std::string ruling_text(Ruling ruling, bool color) {
  return painted(style_of(ruling), ruling == Ruling::partly ? "allowed in part" : to_string(ruling), color);
}

void add_place(JsonText& json, const Location& where) {
  json.text("file", where.file);
  json.number("line", where.line);
  json.number("column", where.column);
}

void add_flow(JsonText& json, const FlowPoint& flow) {
  json.text("protocol", protocol_text(flow.protocol));
  json.text("address", to_string(flow.to));
  if (!is_icmp(flow.protocol)) json.number("port", flow.port);
  json.boolean("loopback", flow.loopback);
}

void add_times(JsonText& json, Micros first, Micros last) {
  if (first != no_time) json.text("first", to_string_utc(first));
  if (last != no_time) json.text("last", to_string_utc(last));
}

void add_sources(JsonText& json, const std::vector<std::string>& by, const std::vector<std::string>& exe,
                 const std::vector<std::string>& claimed) {
  json.texts("by", by);
  json.texts("exe", exe);
  json.texts("claimed", claimed);
}

void add_names(JsonText& json, const std::vector<DomainName>& names) {
  json.list("names", names, [&](const DomainName& name) { json.text(name.spelling()); });
}

}  // namespace egressc::report
