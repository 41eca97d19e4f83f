// The JSON that nft prints, parsed, and small questions to ask of it.
#pragma once

#include <rapidjson/document.h>

#include <optional>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"

namespace egressc::readers {

using Json = rapidjson::Value;

inline constexpr std::string_view nft_json_hint = "what \"nft -j list ruleset\" prints is read";

// The list below "nftables" of a document: objects with one member each, which says what they are. Names in an object
// are different, and values are nested as deep as nft nests them at most. nullopt, and an error, for anything else.
class NftJsonDocument {
 public:
  static std::optional<NftJsonDocument> parse(std::string_view text, const std::string& file, Diagnostics& diagnostics);
  const Json& list() const { return *list_; }

 private:
  rapidjson::Document document_;
  const Json* list_ = nullptr;
};

// A member by name; nullptr if `value` is no object, or has none.
const Json* member(const Json& value, std::string_view name);
inline const Json* member(const Json* value, std::string_view name) { return value ? member(*value, name) : nullptr; }
// The one member of an object that has but one.
struct NamedJson {
  std::string_view name;
  const Json* value = nullptr;
};
std::optional<NamedJson> only_member(const Json& value);
// A string; "" for anything else.
std::string_view text_of(const Json& value);
std::string_view text_of(const Json* value);

}  // namespace egressc::readers
