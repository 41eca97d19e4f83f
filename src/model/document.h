// Text to tree: YAML (1.2, as far as yaml-cpp goes) or JSON, without what hides things from a reviewer: anchors,
// aliases, tags, duplicate keys, further documents, control bytes.
#pragma once

#include <optional>
#include <string_view>

#include "model/complaints.h"
#include "model/document/document.h"

namespace egressc {

inline constexpr std::size_t most_document_bytes = std::size_t{64} << 20;
inline constexpr std::size_t most_document_nodes = 4'000'000;
inline constexpr std::size_t most_document_depth = 16;

// nullopt if there is no tree to speak of. A tree that there were complaints about (duplicate keys, anchors, tags) is
// good for finding more to complain about, and nothing else. `text` has no byte order mark.
std::optional<Tree> read_document(std::string_view text, Complaints& complaints);

// The readers it is made of. The first two read quickly what they are sure of, and return nullopt without a word for
// anything else, be it wrong or merely unusual; what yaml-cpp makes of that is the last word.
std::optional<Tree> read_json(std::string_view text);
std::optional<Tree> read_common_yaml(std::string_view text);
std::optional<Tree> read_any_yaml(std::string_view text, Complaints& complaints);

}  // namespace egressc
