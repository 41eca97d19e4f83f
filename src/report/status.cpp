#include "report/status.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "model/words/text.h"
#include "report/words.h"

namespace egressc::report {
namespace {

constexpr std::size_t hash_digits = 12;  // enough to tell one policy of a host from another
constexpr std::size_t most_drift_lines = 20;

std::string age_text(Micros time, Micros now) {
  if (time > now) return "in the future: the clock was set back since";
  const std::uint64_t seconds = (static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(time)) / second;
  if (seconds < 60) return fmt::format("{} s ago", seconds);
  if (seconds < 3600) return fmt::format("{} min ago", seconds / 60);
  if (seconds < 2 * 86400) return fmt::format("{} h ago", seconds / 3600);
  return fmt::format("{} days ago", seconds / 86400);
}

std::string time_text(Micros time, Micros now) {
  return fmt::format("{} ({})", to_string_utc(time), age_text(time, now));
}

std::string file_text(const std::string& file) { return printable(file, whole_line); }

std::string hash_text(const std::string& hash) {
  return hash.empty() ? "of unknown hash" : "sha256:" + printable(hash.substr(0, hash_digits));
}

class StatusText {
 public:
  StatusText(const StatusReport& report, Micros now, bool color) : report_(report), now_(now), color_(color) {}

  std::string describe() {
    text_ += painted(Style::bold,
                     report_.netns.empty() ? "egressc on this host"
                                           : fmt::format("egressc in network namespace {}", printable(report_.netns)),
                     color_) +
             fmt::format(", {}\n", to_string_utc(now_));
    pending();
    current();
    if (report_.table_present) drift();
    previous();
    for (const std::string& warning : report_.warnings)
      text_ += fmt::format("{} {}\n", painted(Style::yellow, "warning:", color_), printable(warning, 1000));
    if (report_.usage) text_ += '\n' + describe_usage(*report_.usage, color_);
    return std::move(text_);
  }

 private:
  void line(std::string_view head, std::string_view rest) { text_ += fmt::format("{:<10}{}\n", head, rest); }

  // What to type, here.
  std::string command(std::string_view name) const {
    return fmt::format("egressc {}{}", name, report_.netns.empty() ? "" : " --netns " + printable(report_.netns));
  }

  void pending() {
    if (!report_.pending) return;
    const Pending& pending = *report_.pending;
    if (!pending.is_guarded) {
      line(painted(Style::bold_red, "PENDING", color_) + "   ",
           fmt::format(
               "not confirmed, and not guarded: its guardian has died, and nothing takes it back; to keep it: {}, "
               "to take it back: {}",
               painted(Style::bold, command("confirm"), color_), painted(Style::bold, command("rollback"), color_)));
      if (pending.since) line("", fmt::format("applied {}", time_text(*pending.since, now_)));
      return;
    }
    const auto left = std::chrono::ceil<std::chrono::seconds>(pending.left).count();
    const std::string when = left > 0 ? fmt::format("in {} s", left) : "now";
    line(painted(Style::bold_red, "PENDING", color_) + "   ",
         fmt::format("not confirmed: rolled back {} unless you type: {}", when,
                     painted(Style::bold, command("confirm"), color_)));
    if (pending.since) line("", fmt::format("applied {}", time_text(*pending.since, now_)));
  }

  void current() {
    const AppliedPolicy& applied = report_.current;
    if (!report_.table_present) {
      line("running", painted(Style::bold_red, "nothing: there is no table inet egressc", color_));
      if (!applied.file.empty() || applied.since)
        line("applied",
             fmt::format("{}{}, and the table was taken out since", file_text(applied.file),
                         applied.since ? (applied.file.empty() ? "" : ", ") + time_text(*applied.since, now_) : ""));
      return;
    }
    if (applied.hash.empty())
      line("running", painted(Style::yellow,
                              "a table inet egressc that does not say its policy: egressc did not load it", color_));
    else
      line("running", fmt::format("policy {}{}", hash_text(applied.hash),
                                  applied.version.empty() ? "" : ", by egressc " + printable(applied.version)));
    line("since", applied.since ? time_text(*applied.since, now_) : "not known: it was not loaded by egressc apply");
    if (!applied.file.empty()) line("from", file_text(applied.file));
  }

  void drift() {
    switch (report_.drift) {
      case Drift::unknown:
        line("drift", "not known");
        return;
      case Drift::none:
        line("drift", "none: what runs is what the policy says");
        return;
      case Drift::drifted:
        line("drift",
             painted(Style::bold_red, "what runs is not what the policy says; against the policy it has", color_));
        break;
    }
    std::string_view rest = report_.drift_text;
    std::size_t shown = 0;
    for (; !rest.empty() && shown < most_drift_lines; ++shown) {
      const std::string_view one = take_line(rest);
      text_ += one.empty() ? "\n" : fmt::format("  {}\n", one);
    }
    if (rest.empty()) return;
    const auto more = static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n'));
    text_ += fmt::format("  {}: egressc diff {} kernel{}\n",
                         plural(std::max<std::uint64_t>(more, 1), "more line", "more lines"),
                         report_.current.file.empty() ? "POLICY" : file_text(report_.current.file),
                         report_.netns.empty() ? "" : ":" + printable(report_.netns));
  }

  void previous() {
    if (!report_.previous) return;
    const AppliedPolicy& before = *report_.previous;
    // Where it has no hash, `file` says what it was.
    std::string words = before.hash.empty() && !before.file.empty() ? "" : "policy " + hash_text(before.hash) + ", ";
    if (before.since) words += time_text(*before.since, now_) + ", ";
    words += before.file.empty() ? "" : file_text(before.file) + ", ";
    words.resize(words.size() - 2);
    line("before", fmt::format("{}; back to it: {}", words, command("rollback")));
  }

  const StatusReport& report_;
  Micros now_;
  bool color_;
  std::string text_;
};

constexpr std::array<std::string_view, 3> drifts = {"unknown", "none", "drifted"};

void add_since(JsonText& json, const std::optional<Micros>& since) {
  if (since) json.text("since", to_string_utc(*since));
}

void add_policy(JsonText& json, std::string_view name, const AppliedPolicy& policy) {
  json.open_object(name);
  if (!policy.version.empty()) json.text("version", policy.version);
  if (!policy.hash.empty()) json.text("sha256", policy.hash);
  add_since(json, policy.since);
  if (!policy.file.empty()) json.text("file", policy.file);
  json.close();
}

void add_pending(JsonText& json, const Pending& pending) {
  json.open_object("pending");
  json.boolean("guarded", pending.is_guarded);
  if (pending.is_guarded)
    json.number("left_ms", static_cast<std::uint64_t>(std::max<std::int64_t>(pending.left.count(), 0)));
  add_since(json, pending.since);
  json.close();
}

}  // namespace
}  // namespace egressc::report

namespace egressc {

std::string describe_status(const StatusReport& status, Micros now, bool color) {
  return report::StatusText(status, now, color).describe();
}

std::string describe_status_json(const StatusReport& status, Micros now) {
  using namespace report;
  JsonText json;
  json.open_object();
  json.text("time", to_string_utc(now));
  json.text("netns", status.netns);
  json.boolean("loaded", status.table_present);
  add_policy(json, "current", status.current);
  if (status.previous) add_policy(json, "previous", *status.previous);
  json.text("drift", drifts[static_cast<std::size_t>(status.drift)]);
  if (!status.drift_text.empty()) {
    json.key("difference");
    json.lines(status.drift_text);
  }
  if (status.pending) add_pending(json, *status.pending);
  if (status.usage) {
    json.key("usage");
    add_usage(json, *status.usage);
  }
  json.texts("warnings", status.warnings);
  json.close();
  return json.print();
}

}  // namespace egressc
