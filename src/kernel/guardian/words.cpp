#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "egressc/diagnostics.h"
#include "kernel/guardian/protocol.h"

namespace egressc::kernel {
namespace {

using Kind = GuardianAnswer::Kind;

constexpr std::pair<GuardianRequest, std::string_view> requests[] = {
    {GuardianRequest::status, "status"},
    {GuardianRequest::confirm, "confirm"},
    {GuardianRequest::rollback, "rollback"},
};

constexpr bool has_time(Kind kind) { return kind == Kind::waiting || kind == Kind::changed; }

// Nobody says "nobody".
constexpr std::pair<Kind, std::string_view> kinds[] = {
    {Kind::applying, "applying"}, {Kind::waiting, "waiting"}, {Kind::confirmed, "confirmed"},
    {Kind::changed, "changed"},   {Kind::undone, "undone"},   {Kind::not_undone, "not-undone"},
};

// Up to the next blank, which is passed.
std::string_view take_word(std::string_view& words) {
  const std::size_t end = std::min(words.find(' '), words.size());
  const std::string_view word = words.substr(0, end);
  words.remove_prefix(std::min(end + 1, words.size()));
  return word;
}

template <typename Number>
std::optional<Number> number_of(std::string_view word) {
  Number number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size() || number < 0) return std::nullopt;
  return number;
}

}  // namespace

std::string_view to_words(GuardianRequest request) {
  return std::find_if(std::begin(requests), std::end(requests), [&](const auto& row) { return row.first == request; })
      ->second;
}

std::optional<GuardianRequest> request_of(std::string_view words) {
  for (const auto& [request, word] : requests)
    if (word == words) return request;
  return std::nullopt;
}

std::string to_words(const GuardianAnswer& answer) {
  for (const auto& [kind, word] : kinds) {
    if (kind != answer.kind) continue;
    std::string words = fmt::format("{} {}", word, answer.pid);
    if (has_time(kind)) words += fmt::format(" {}", answer.left.count());
    if (!answer.message.empty()) words += " " + printable(answer.message, longest_words / 2);
    return words;
  }
  return {};
}

std::optional<GuardianAnswer> answer_of(std::string_view words) {
  const std::string_view first = take_word(words);
  const auto row =
      std::find_if(std::begin(kinds), std::end(kinds), [&](const auto& one) { return one.second == first; });
  if (row == std::end(kinds)) return std::nullopt;
  GuardianAnswer answer;
  answer.kind = row->first;
  const auto pid = number_of<int>(take_word(words));
  if (!pid) return std::nullopt;
  answer.pid = *pid;
  if (has_time(answer.kind)) {
    const auto left = number_of<std::chrono::milliseconds::rep>(take_word(words));
    if (!left) return std::nullopt;
    answer.left = std::chrono::milliseconds(*left);
  }
  answer.message = printable(words, longest_words);
  return answer;
}

}  // namespace egressc::kernel
