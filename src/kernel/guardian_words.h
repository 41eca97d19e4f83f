// What is said over the guardian's socket: one message asks, one answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/guardian/guardian.h"

namespace egressc::kernel {

constexpr std::size_t longest_words = 4096;  // bytes of a message

std::string_view to_words(GuardianRequest request);
std::optional<GuardianRequest> request_of(std::string_view words);

// "waiting 4711 59340": the kind, the process, and the time left or the message. What it says is made printable.
std::string to_words(const GuardianAnswer& answer);
std::optional<GuardianAnswer> answer_of(std::string_view words);

}  // namespace egressc::kernel
