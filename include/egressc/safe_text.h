// Text that may stand in any ruleset.
#pragma once

#include <string>
#include <string_view>

namespace egressc {

// Text that someone else may have written, made safe for any dialect: [A-Za-z0-9 ._:/@=+,-] up to 120 bytes, and
// anything else becomes "sha256-" and 16 hex digits of it. Nothing is escaped: what one dialect escapes another runs.
std::string safe_text(std::string_view text);

}  // namespace egressc
