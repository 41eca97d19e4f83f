#include "compare/words.h"

#include <fmt/format.h>

#include "egressc/diagnostics.h"

namespace egressc::comparing {
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
  return range.first == last ? fmt::to_string(last) : fmt::format("{}-{}", range.first, last);
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

}  // namespace egressc::comparing
