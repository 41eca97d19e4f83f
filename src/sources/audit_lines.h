// What stands around audit records in a file: envelopes, ausearch's separators, other text.
#pragma once

#include <string_view>

#include "sources/envelope.h"

namespace egressc::audit {

// Whose tag to look for in an envelope that is not understood.
inline constexpr std::string_view usual_program = "kernel";

// ausearch's lines between events.
bool is_separator(std::string_view line);

struct Message {
  Micros at = no_time;
  std::string_view text;
};
// The text of `line` where a record may begin, or nothing where its envelope says that somebody else wrote it.
Message message_in(std::string_view line, EnvelopeReader& envelopes, const ParseContext& context);
// "name=…"
bool begins_with_field(std::string_view text);

}  // namespace egressc::audit
