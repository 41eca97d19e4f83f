// A file as LineInput reads it, to its end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "support/input.h"

namespace lines_fixture {

struct Outcome {
  std::string text;
  std::string failure;
  std::uint64_t overlong = 0;
};

inline Outcome read_text(const std::string& path) {
  Outcome outcome;
  auto input = egressc::LineInput::open(path);
  if (!input) return {"", input.failure().message};
  std::string_view lines;
  for (;;) {
    const auto more = input->next(lines);
    if (!more) {
      outcome.failure = more.failure().message;
      break;
    }
    if (!*more) break;
    outcome.text += lines;
  }
  outcome.overlong = input->overlong_lines();
  return outcome;
}

inline std::string numbered_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "type=SYSCALL serial " + std::to_string(i) + "\n";
  return text;
}

}  // namespace lines_fixture
