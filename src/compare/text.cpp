#include <fmt/core.h>

#include <algorithm>

#include "compare/lines.h"
#include "egressc/compare.h"
#include "egressc/diagnostics.h"

namespace egressc::compare {
namespace {

std::string list_text(std::string_view word, std::span<const IdRange> ranges) {
  std::string text;
  for (const IdRange& range : ranges)
    text += (text.empty() ? std::string(word) + " " : std::string(", ")) + id_text(range);
  return text;
}

void append(std::string& text, std::string_view more, std::string_view separator) {
  if (!text.empty() && !more.empty()) text += separator;
  text += more;
}

}  // namespace

std::string id_text(const IdRange& range) {
  const std::uint32_t last = range.last == no_id ? no_id - 1 : range.last;
  return range.first == last ? std::to_string(last) : fmt::format("{}-{}", range.first, last);
}

std::string who_text(const SubjectDifference& subject) {
  std::string text = list_text("uid", subject.uids);
  append(text, list_text("gid", subject.gids), " ");
  if (text.empty() && subject.with_socket) text = "everybody";
  if (subject.without_socket) append(text, "packets without a socket", ", ");
  return text;
}

std::string destination_text(const FlowLine& line) {
  std::string text;
  for (const std::string& name : line.names) append(text, printable(name, 253), ", ");
  if (line.live) return text + " (live)";
  if (!text.empty()) return text;
  for (const AddressRange& range : line.addresses) append(text, to_string(range), ", ");
  return text.empty() ? "anywhere" : text;
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
    {&SubjectDifference::added, "+", "\033[32m"},
    {&SubjectDifference::removed, "-", "\033[31m"},
    {&SubjectDifference::possibly_added, "+?", "\033[33m"},
    {&SubjectDifference::possibly_removed, "-?", "\033[33m"},
};

std::size_t column_of(const SubjectDifference& subject) {
  std::size_t width = 0;
  for (const Sign& sign : signs)
    for (const FlowLine& line : (subject.*sign.list).lines) width = std::max(width, destination_text(line).size());
  return std::min(width, widest_column);
}

std::string rest_of(const FlowLine& line) {
  std::string text;
  for (const std::string& service : line.services) append(text, service, ", ");
  if (line.loopback) text += *line.loopback ? ", by loopback" : ", not by loopback";
  if (!line.names.empty() && !line.addresses.empty()) {
    std::string addresses;
    for (const AddressRange& range : line.addresses) append(addresses, to_string(range), ", ");
    text += "  only " + addresses;
  }
  return text;
}

std::string all_of(const FlowList& list) {
  std::string text = "anything";
  if (list.family) text += *list.family == Family::ipv4 ? " over IPv4" : " over IPv6";
  return list.lines.empty() ? text : text + " but";
}

void append(std::string& out, const Sign& sign, const FlowList& list, std::size_t column, bool color) {
  if (list.empty()) return;
  const std::string_view end = color ? "\033[0m" : "";
  const std::string_view begin = color ? sign.color : "";
  if (list.all_but) out += fmt::format("  {}{:<2} {}{}\n", begin, sign.text, all_of(list), end);
  // What is left out has no sign: it does not change.
  for (const FlowLine& line : list.lines)
    out +=
        fmt::format("  {}{:<2} {}{:<{}}  {}{}\n", list.all_but ? "" : begin, list.all_but ? "" : sign.text,
                    list.all_but ? "  " : "", destination_text(line), column, rest_of(line), list.all_but ? "" : end);
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
    out += fmt::format("{}{}{}\n", color ? "\033[1m" : "",
                       subject.label.empty() ? who : fmt::format("{} ({})", printable(subject.label), who),
                       color ? "\033[0m" : "");
    const std::size_t column = column_of(subject);
    for (const Sign& sign : signs) append(out, sign, subject.*sign.list, column, color);
    const bool is_last = i + 1 == subjects.size() || subjects[i + 1].label != subject.label;
    if (is_last && subject.unchanged != 0)
      out += fmt::format("     {} {} as before\n", subject.unchanged, subject.unchanged == 1 ? "flow" : "flows");
  }
  return out;
}

}  // namespace egressc
