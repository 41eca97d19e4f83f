// Two rules are the same if they say the same of the same sets, limits and other objects with a name: what those hold
// counts, too.
#include <algorithm>
#include <set>
#include <utility>

#include "model/words/words.h"
#include "readers/nft_json/ruleset.h"

namespace egressc::readers {
namespace {

// Of the moment, or of the listing.
constexpr std::string_view passing_members[] = {"handle", "used", "packets", "bytes", "expires"};

template <typename OnText>
void append(std::string& out, const Json& value, const OnText& on_text) {
  if (value.IsObject()) {
    out += '{';
    for (const auto& [name, part] : value.GetObject()) {
      const std::string_view key = text_of(name);
      if (is_among(passing_members, key)) continue;
      out += key;
      out += ':';
      append(out, part, on_text);
    }
    out += '}';
  } else if (value.IsArray()) {
    out += '[';
    for (const Json& part : value.GetArray()) append(out, part, on_text);
    out += ']';
  } else if (value.IsString()) {
    const std::string_view text = text_of(value);
    out += std::to_string(text.size());
    out += '"';
    out += text;
    on_text(text);
  } else if (value.IsUint64()) {
    out += std::to_string(value.GetUint64());
    out += ',';
  } else if (value.IsInt64()) {
    out += std::to_string(value.GetInt64());
    out += ',';
  } else {
    out += value.IsTrue() ? 't' : value.IsFalse() ? 'f' : 'n';
  }
}

}  // namespace

void NftIdentities::add(std::string_view table, const Json& object) {
  objects_.emplace(std::pair(std::string(table), std::string(text_of(member(object, "name")))), Object{&object, {}});
}

std::string NftIdentities::of(std::string_view table, const Json& rule) {
  std::string all;
  std::set<std::string> named;
  const Json* const statements = member(rule, "expr");
  if (statements == nullptr) return all;
  append(all, *statements, [&](std::string_view text) {
    if (text.starts_with('@')) text.remove_prefix(1);
    const auto found = objects_.find(std::pair(std::string(table), std::string(text)));
    if (found == objects_.end()) return;
    Object& object = found->second;
    if (object.hash.empty()) {
      std::string content;
      append(content, *object.json, [](std::string_view) {});
      object.hash = sha256_hex(content);
    }
    named.insert(object.hash);
  });
  for (const std::string& hash : named) all += hash;
  return sha256_hex(all);
}

}  // namespace egressc::readers
