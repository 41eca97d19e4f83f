// An answer about a policy, for a person and for a script.
#pragma once

#include <string>
#include <string_view>

#include "egressc/explain.h"

namespace egressc {

// `question` as it was asked; `file` is the policy's.
std::string answer_text(const Answer& answer, std::string_view question, const std::string& file, bool color);
// Ids that `asked` leaves open, and on which nothing depends, are left out.
std::string answer_json(const Answer& answer, const FlowQuestion& asked, std::string_view question,
                        const std::string& file);
// Whether the judgements are on several pairs of user and group.
bool has_several_askers(const Answer& answer);

}  // namespace egressc
