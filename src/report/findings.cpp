#include "report/findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>

#include "model/words/text.h"
#include "report/words.h"

namespace egressc::report {
namespace {

constexpr std::string_view severities[] = {"note", "warning", "error"};

class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    for (std::size_t start = 0; start <= text.size(); start = std::min(text.find('\n', start), text.size()) + 1)
      starts_.push_back(start);
  }

  // As far as it is worth showing with a caret under `column`.
  std::string around(const Location& where) const {
    constexpr std::uint32_t after_caret = 200;
    constexpr std::uint32_t most_columns = 4096;
    if (where.line == 0 || where.line > starts_.size() || where.column > most_columns) return {};
    std::string_view line = text_.substr(starts_[where.line - 1]);
    line = take_line(line);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return std::string(line.substr(0, where.column + after_caret));
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

std::array<std::size_t, 3> count(const std::vector<Reviewed>& files) {
  std::array<std::size_t, 3> counts{};
  for (const Reviewed& file : files)
    for (const Finding& finding : file.findings) ++counts[static_cast<std::size_t>(finding.severity)];
  return counts;
}

}  // namespace
}  // namespace egressc::report

namespace egressc {

std::string findings_text(const std::vector<Reviewed>& files, std::size_t most, bool color) {
  using namespace report;
  Diagnostics shown;
  for (const Reviewed& file : files) {
    const Lines lines(file.text);
    std::map<std::string_view, std::size_t> told;
    for (const Finding& finding : file.findings) {
      if (++told[finding.rule] > most) continue;
      const std::string subject = finding.subject.empty() ? "" : finding.subject + ": ";
      shown.add({finding.severity, finding.where, fmt::format("{}{} [{}]", subject, finding.message, finding.rule),
                 finding.remedy, lines.around(finding.where)});
    }
    for (const auto& [rule, times] : told)
      if (times > most)
        shown.note({file.findings.front().where.file, 0, 0},
                   fmt::format("{} more of the kind [{}]", times - most, rule), "-v shows them, and --json");
  }
  return shown.render(color);
}

std::string findings_json(const std::vector<Reviewed>& files) {
  using namespace report;
  JsonText json;
  json.open_object();
  json.number("version", 1);
  json.key("findings");
  json.open_list();
  for (const Reviewed& file : files) {
    for (const Finding& finding : file.findings) {
      json.open_object();
      json.text("id", finding.rule);
      json.text("severity", severities[static_cast<std::size_t>(finding.severity)]);
      add_place(json, finding.where);
      json.text("subject", finding.subject);
      json.text("message", finding.message);
      json.text("remedy", finding.remedy);
      json.number("count", finding.count);
      json.close();
    }
  }
  json.close();
  const auto counts = count(files);
  json.number("errors", counts[2]);
  json.number("warnings", counts[1]);
  json.number("notes", counts[0]);
  json.close();
  return json.print();
}

std::string findings_summary(const std::vector<Reviewed>& files) {
  const auto counts = report::count(files);
  std::string text;
  for (std::size_t severity = counts.size(); severity-- > 0;) {
    if (counts[severity] != 0) add_part(text, counted(counts[severity], report::severities[severity]));
  }
  return text.empty() ? "nothing found" : text;
}

}  // namespace egressc
