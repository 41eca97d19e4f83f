// An answer about a policy, for a person and for a script.
#pragma once

#include <string>
#include <string_view>

#include "egressc/explain.h"

namespace egressc {

// `question` as it was asked; `file` is the policy's.
std::string answer_text(const Answer& answer, std::string_view question, const std::string& file, bool color);
std::string answer_json(const Answer& answer, std::string_view question, const std::string& file);

}  // namespace egressc
