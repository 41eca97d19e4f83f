// JSON as a document.
#pragma once

#include <optional>
#include <string_view>

#include "egressc/tree.h"

namespace egressc {

// RFC 8259, nested at most 16 deep; nullopt for anything else. Numbers and booleans are their text.
std::optional<Tree> read_json_document(std::string_view text);

}  // namespace egressc
