#include <fmt/core.h>

#include <algorithm>

#include "egressc/explain.h"
#include "model/document/document.h"
#include "report/summary.h"
#include "report/words.h"

namespace egressc {
namespace {

constexpr std::size_t addresses_shown = 4;

std::string who_text(const ReplayRow& row) {
  const AttemptSeen& attempt = row.attempt;
  if (attempt.uid == no_id) return "nobody known";
  std::string text = fmt::format("uid {}", attempt.uid);
  if (attempt.gid != no_id) text += fmt::format(" gid {}", attempt.gid);
  return row.subject.empty() ? text : text + fmt::format(" ({})", printable(row.subject));
}

std::string place_text(const ReplayRow& row) {
  const AttemptSeen& attempt = row.attempt;
  std::string text = protocol_text(attempt.protocol);
  if (has_ports(attempt.protocol)) text += fmt::format("/{}", attempt.port);
  text += " " + row.destination;
  if (attempt.names.empty()) return text;
  std::string addresses;
  for (std::size_t i = 0; i < std::min(row.addresses.size(), addresses_shown); ++i)
    addresses += (i == 0 ? "" : ", ") + to_string(row.addresses[i]);
  if (row.addresses.size() > addresses_shown)
    addresses += fmt::format(" and {} more", row.addresses.size() - addresses_shown);
  return text + " (" + addresses + ")";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + printable(word);
  return text;
}

std::string record_text(const AttemptSeen& attempt) {
  std::string text = plural(attempt.seen, "time", "times");
  if (attempt.denied != 0) text += fmt::format(", {} of them stopped already", attempt.denied);
  if (attempt.first != no_time) text += ", " + to_string_utc(attempt.first);
  if (attempt.last != no_time && attempt.last / second != attempt.first / second)
    text += " to " + to_string_utc(attempt.last);
  text += fmt::format(", by {} ({})", joined(attempt.by), to_string(attempt.trust));
  if (!attempt.exe.empty()) text += "; " + joined(attempt.exe);
  if (!attempt.claimed.empty()) text += "; an agent called it " + joined(attempt.claimed);
  return text;
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
    if (std::string next = who_text(row); next != who) rows += fmt::format("  {}\n", who = std::move(next));
    rows += fmt::format("    {}: {}\n", place_text(row), record_text(row.attempt));
    if (!row.why.empty()) rows += fmt::format("      {}\n", printable(row.why, 4096));
  }
  if (count == 0 && ruling == Ruling::undecided) return {};
  std::string title(heading(ruling));
  if (color && count != 0) {
    const std::string painted_word = painted(ruling, true);
    title = painted_word.substr(0, painted_word.find(to_string(ruling))) + title + "\033[0m";
  }
  return fmt::format("{}: {}, {}\n{}", title, plural(count, "destination", "destinations"),
                     plural(attempts, "attempt", "attempts"), rows);
}

std::string rest_text(const AttemptList& rest) {
  const std::pair<std::uint64_t, std::string_view> parts[] = {
      {rest.filtered, "left out by the options"},
      {rest.tails, "packets without an owner that belong to a flow above"},
      {rest.not_egress, "system calls that reach nobody"},
      {rest.vague, "claims that leave the user, the port or the address open"},
  };
  std::string text;
  for (const auto& [count, what] : parts)
    if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  return text.empty() ? text : fmt::format("not judged: {}\n", text);
}

}  // namespace

std::string replay_text(const Replay& replay, bool verbose, bool color) {
  return section(replay, Ruling::denied, true, color) + section(replay, Ruling::undecided, true, color) +
         section(replay, Ruling::allowed, verbose, color) + rest_text(replay.rest);
}

namespace {

void write(JsonText& json, const ReplayRow& row) {
  const AttemptSeen& attempt = row.attempt;
  json.open_object();
  json.text("verdict", to_string(row.ruling));
  if (!row.why.empty()) json.text("why", row.why);
  if (attempt.uid != no_id) json.number("uid", attempt.uid);
  if (attempt.gid != no_id) json.number("gid", attempt.gid);
  if (!row.subject.empty()) json.text("subject", row.subject);
  if (attempt.protocol != ip_protocol::unknown) json.text("protocol", protocol_text(attempt.protocol));
  if (has_ports(attempt.protocol)) json.number("port", attempt.port);
  json.key("names");
  json.open_list();
  for (const DomainName& name : attempt.names) json.text(name.spelling());
  json.close();
  json.key("addresses");
  json.open_list();
  for (const Address& address : row.addresses) json.text(to_string(address));
  json.close();
  json.number("seen", attempt.seen);
  json.number("stopped", attempt.denied);
  if (attempt.first != no_time) json.text("first", to_string_utc(attempt.first));
  if (attempt.last != no_time) json.text("last", to_string_utc(attempt.last));
  json.text("trust", to_string(attempt.trust));
  json.texts("by", attempt.by);
  json.texts("exe", attempt.exe);
  json.texts("claimed", attempt.claimed);
  json.close();
}

}  // namespace

std::string replay_json(const Replay& replay) {
  JsonText json;
  json.open_object();
  json.key("flows");
  json.open_list();
  for (const ReplayRow& row : replay.rows) write(json, row);
  json.close();
  json.key("not_judged");
  json.open_object();
  json.number("filtered", replay.rest.filtered);
  json.number("without_owner", replay.rest.tails);
  json.number("not_egress", replay.rest.not_egress);
  json.number("vague_claims", replay.rest.vague);
  json.close();
  json.close();
  return json.print();
}

}  // namespace egressc
