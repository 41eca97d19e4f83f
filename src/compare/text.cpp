#include <fmt/core.h>

#include <algorithm>

#include "compare/lines.h"
#include "model/words/words.h"

namespace egressc::compare {
std::string who_text(const SubjectDifference& subject) {
  std::string text = egressc::who_text(subject.uids, subject.gids);
  if (text.empty() && subject.with_socket) text = "everybody";
  if (subject.without_socket) add_part(text, "packets without a socket");
  return text;
}

std::string destination_text(const FlowLine& line) {
  return egressc::destination_text(line.names, line.live, line.addresses.empty() ? "anywhere" : joined(line.addresses));
}

namespace {

// Wider destinations push their services to the right.
constexpr std::size_t widest_column = 44;

struct Sign {
  const FlowList SubjectDifference::*list;
  std::string_view text;
  std::string_view color;
};

constexpr Sign signs[] = {
    {&SubjectDifference::added, "+", Style::green},
    {&SubjectDifference::removed, "-", Style::red},
    {&SubjectDifference::possibly_added, "+?", Style::yellow},
    {&SubjectDifference::possibly_removed, "-?", Style::yellow},
};

std::size_t column_of(const SubjectDifference& subject) {
  std::size_t width = 0;
  for (const Sign& sign : signs)
    for (const FlowLine& line : (subject.*sign.list).lines) width = std::max(width, destination_text(line).size());
  return std::min(width, widest_column);
}

std::string rest_of(const FlowLine& line) {
  std::string text = joined(line.services);
  if (line.loopback) text += *line.loopback ? ", by loopback" : ", not by loopback";
  if (!line.names.empty() && !line.addresses.empty()) text += "  only " + joined(line.addresses);
  return text;
}

std::string all_of(const FlowList& list) {
  std::string text = "anything";
  if (list.family) text.append(" over ").append(family_text(*list.family));
  return list.lines.empty() ? text : text + " but";
}

void append(std::string& out, const Sign& sign, const FlowList& list, std::size_t column, bool color) {
  if (list.empty()) return;
  const auto add = [&](std::string_view mark, const std::string& text, bool in_color) {
    out += fmt::format("  {}\n", painted(sign.color, fmt::format("{:<2} {}", mark, text), in_color));
  };
  if (list.all_but) add(sign.text, all_of(list), color);
  // What is left out has no sign: it does not change.
  for (const FlowLine& line : list.lines) {
    const std::string text = fmt::format("{:<{}}  {}", destination_text(line), column, rest_of(line));
    list.all_but ? add("", "  " + text, false) : add(sign.text, text, color);
  }
}

}  // namespace
}  // namespace egressc::compare

namespace egressc {

std::string describe(std::span<const SubjectDifference> subjects, bool color) {
  using namespace compare;
  std::string out;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const SubjectDifference& subject = subjects[i];
    if (!out.empty()) out += '\n';
    const std::string who = who_text(subject);
    out += painted(Style::bold, subject.label.empty() ? who : fmt::format("{} ({})", printable(subject.label), who),
                   color) +
           '\n';
    const std::size_t column = column_of(subject);
    for (const Sign& sign : signs) append(out, sign, subject.*sign.list, column, color);
    const bool is_last = i + 1 == subjects.size() || subjects[i + 1].label != subject.label;
    if (is_last && subject.unchanged != 0)
      out += fmt::format("     {} as before\n", counted(subject.unchanged, "flow"));
  }
  return out;
}

}  // namespace egressc
