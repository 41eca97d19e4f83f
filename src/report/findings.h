// Findings as text for a person, and as JSON for a program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lint/lint.h"

namespace egressc {

// What was found in one file, with the file's text.
struct Reviewed {
  std::string_view text;
  std::vector<Finding> findings;
};

// As Diagnostics, each with its line. Of one kind in one file no more than `most` are shown, and how many are not.
std::string findings_text(const std::vector<Reviewed>& files, std::size_t most, bool color);

// One document; egressc-check(1) says what is in it.
std::string findings_json(const std::vector<Reviewed>& files);

// "1 error, 2 warnings, 3 notes", or "nothing found".
std::string findings_summary(const std::vector<Reviewed>& files);

}  // namespace egressc
