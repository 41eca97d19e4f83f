#include "readers/nft_json/document.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace egressc::readers {
namespace {

constexpr std::size_t deepest = 64;       // nft nests some 20 at most
constexpr std::size_t most_members = 64;  // of one object; nft writes a dozen

std::string_view view(const Json& text) { return {text.GetString(), text.GetStringLength()}; }

bool has_plain_members(const Json& object) {
  if (object.MemberCount() > most_members) return false;
  for (auto one = object.MemberBegin(); one != object.MemberEnd(); ++one)
    for (auto other = object.MemberBegin(); other != one; ++other)
      if (view(one->name) == view(other->name)) return false;
  return true;
}

// With a stack of its own: the depth is up to whoever wrote the text.
std::string_view wrong_shape(const Json& root) {
  struct Level {
    const Json* value;
    std::size_t depth;
  };
  std::vector<Level> open = {{&root, 0}};
  while (!open.empty()) {
    const auto [value, depth] = open.back();
    open.pop_back();
    if (depth > deepest) return "the values are nested deeper than nft does";
    if (value->IsArray())
      for (const Json& item : value->GetArray()) {
        if (item.IsArray() || item.IsObject()) open.push_back({&item, depth + 1});
      }
    if (!value->IsObject()) continue;
    if (!has_plain_members(*value)) return "an object has two members of one name, or more than nft writes";
    for (const auto& named : value->GetObject())
      if (named.value.IsArray() || named.value.IsObject()) open.push_back({&named.value, depth + 1});
  }
  return {};
}

Location place(std::string_view text, std::size_t offset, const std::string& file) {
  text = text.substr(0, offset);
  const std::size_t line_start = text.rfind('\n') + 1;  // npos + 1 is 0
  const auto line = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
  return {file, line, static_cast<std::uint32_t>(text.size() - line_start + 1)};
}

}  // namespace

std::optional<NftJsonDocument> NftJsonDocument::parse(std::string_view text, const std::string& file,
                                                      Diagnostics& diagnostics) {
  const auto fail = [&](Location where, std::string message) {
    diagnostics.error(std::move(where), std::move(message), std::string(nft_json_hint));
    return std::nullopt;
  };
  const std::size_t zero = text.find('\0');  // ends a text for RapidJSON
  if (zero != text.npos) return fail(place(text, zero, file), "this is no JSON: a byte is zero");
  if (text.size() > std::numeric_limits<rapidjson::SizeType>::max())
    return fail({file, 0, 0}, "the text is longer than 4 GB");
  // Without kParseIterativeFlag the nesting of the input is that of the stack.
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  NftJsonDocument made;
  rapidjson::MemoryStream stream(text.data(), text.size());
  made.document_.ParseStream<flags>(stream);
  if (made.document_.HasParseError()) {
    const char* const reason = rapidjson::GetParseError_En(made.document_.GetParseError());
    return fail(place(text, made.document_.GetErrorOffset(), file), std::string("this is no JSON: ") + reason);
  }
  made.list_ = member(made.document_, "nftables");
  if (made.list_ == nullptr || !made.list_->IsArray())
    return fail({file, 0, 0}, "this is no ruleset of nftables: it has no list \"nftables\"");
  if (const std::string_view wrong = wrong_shape(made.document_); !wrong.empty())
    return fail({file, 0, 0}, std::string(wrong));
  for (const Json& entry : made.list_->GetArray())
    if (const auto named = only_member(entry); !named || !named->value->IsObject())
      return fail({file, 0, 0}, "an entry of the list \"nftables\" is not an object such as {\"rule\": {...}}");
  return made;
}

const Json* member(const Json& value, std::string_view name) {
  if (!value.IsObject()) return nullptr;
  for (const auto& named : value.GetObject())
    if (view(named.name) == name) return &named.value;
  return nullptr;
}

std::optional<NamedJson> only_member(const Json& value) {
  if (!value.IsObject() || value.MemberCount() != 1) return std::nullopt;
  const auto only = value.MemberBegin();
  return NamedJson{view(only->name), &only->value};
}

std::string_view text_of(const Json& value) { return value.IsString() ? view(value) : std::string_view(); }

std::string_view text_of(const Json* value) { return value == nullptr ? std::string_view() : text_of(*value); }

}  // namespace egressc::readers
