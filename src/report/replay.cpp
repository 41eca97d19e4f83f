#include <fmt/core.h>

#include "report/explain.h"
#include "report/words.h"

namespace egressc::report {
namespace {

constexpr std::size_t addresses_shown = 4;

std::string who_of(const ReplayRow& row) {
  if (row.attempt.uid == no_id) return "nobody known";
  const std::string who = who_text(row.attempt.uid, row.attempt.gid);
  return row.subject.empty() ? who : fmt::format("{} ({})", who, printable(row.subject));
}

std::string destination_of(const ReplayRow& row) {
  const AttemptSeen& attempt = row.attempt;
  std::string text = protocol_text(attempt.protocol);
  if (!is_icmp(attempt.protocol)) text += fmt::format("/{}", attempt.port);
  text += " " + row.destination;
  return attempt.names.empty() ? text : fmt::format("{} ({})", text, first_of(row.addresses, addresses_shown));
}

std::string record_text(const AttemptSeen& attempt) {
  std::string text = counted(attempt.seen, "time");
  if (attempt.denied != 0) text += fmt::format(", {} of them stopped already", attempt.denied);
  if (attempt.first != no_time) text += ", " + to_string_utc(attempt.first);
  if (attempt.last != no_time && attempt.last / second != attempt.first / second)
    text += " to " + to_string_utc(attempt.last);
  text += fmt::format(", by {} ({})", printed(attempt.by), to_string(attempt.trust));
  return text + callers_text(attempt.exe, attempt.claimed);
}

std::string_view heading(Ruling ruling) { return ruling == Ruling::denied ? "blocked" : to_string(ruling); }

std::string section(const Replay& replay, Ruling ruling, bool listed, bool color) {
  std::string rows;
  std::string who;
  std::uint64_t count = 0;
  std::uint64_t attempts = 0;
  for (const ReplayRow& row : replay.rows) {
    if (row.ruling != ruling) continue;
    ++count;
    attempts += row.attempt.seen;
    if (!listed) continue;
    if (std::string next = who_of(row); next != who) rows += fmt::format("  {}\n", who = std::move(next));
    rows += fmt::format("    {}: {}\n", destination_of(row), record_text(row.attempt));
    if (!row.why.empty()) rows += fmt::format("      {}\n", printable(row.why, whole_line));
  }
  if (count == 0 && ruling == Ruling::undecided) return {};
  const std::string title = painted(style_of(ruling), heading(ruling), color && count != 0);
  return fmt::format("{}: {}, {}\n{}", title, counted(count, "destination"), counted(attempts, "attempt"), rows);
}

std::string rest_text(const AttemptList& rest) {
  const Counted parts[] = {
      {rest.filtered, "left out by the options"},
      {rest.tails, "packets without an owner that belong to a flow above"},
      {rest.not_egress, "system calls that reach nobody"},
      {rest.vague, "claims that leave the user, the port or the address open"},
  };
  const std::string text = counts_text(parts);
  return text.empty() ? text : fmt::format("not judged: {}\n", text);
}

void add_row(JsonText& json, const ReplayRow& row) {
  const AttemptSeen& attempt = row.attempt;
  json.open_object();
  json.text("verdict", to_string(row.ruling));
  if (!row.why.empty()) json.text("why", row.why);
  if (attempt.uid != no_id) json.number("uid", attempt.uid);
  if (attempt.gid != no_id) json.number("gid", attempt.gid);
  if (!row.subject.empty()) json.text("subject", row.subject);
  if (attempt.protocol != ip_protocol::unknown) json.text("protocol", protocol_text(attempt.protocol));
  if (!is_icmp(attempt.protocol)) json.number("port", attempt.port);
  add_names(json, attempt.names);
  json.list("addresses", row.addresses, [&](const Address& address) { json.text(to_string(address)); });
  json.number("seen", attempt.seen);
  json.number("stopped", attempt.denied);
  add_times(json, attempt.first, attempt.last);
  json.text("trust", to_string(attempt.trust));
  add_sources(json, attempt.by, attempt.exe, attempt.claimed);
  json.close();
}

}  // namespace
}  // namespace egressc::report

namespace egressc {

std::string replay_text(const Replay& replay, bool verbose, bool color) {
  using namespace report;
  return section(replay, Ruling::denied, true, color) + section(replay, Ruling::undecided, true, color) +
         section(replay, Ruling::allowed, verbose, color) + rest_text(replay.rest);
}

std::string replay_json(const Replay& replay, std::span<const Observations> logs) {
  using namespace report;
  JsonText json;
  json.open_object();
  json.list("flows", replay.rows, [&](const ReplayRow& row) { add_row(json, row); });
  json.open_object("not_judged");
  json.number("filtered", replay.rest.filtered);
  json.number("without_owner", replay.rest.tails);
  json.number("not_egress", replay.rest.not_egress);
  json.number("vague_claims", replay.rest.vague);
  json.close();
  std::vector<std::string_view> forgeable;
  for (const Observations& log : logs)
    if (!log.forgeable.empty() && log.trust != Trust::claimed) forgeable.push_back(log.file);
  json.list("unproved", forgeable, [&](std::string_view file) { json.text(file); });
  json.close();
  return json.print();
}

}  // namespace egressc
