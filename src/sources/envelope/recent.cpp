#include "sources/envelope/recent.h"

#include "egressc/name.h"

namespace egressc {
namespace {

constexpr std::size_t slots = 16384;
constexpr std::size_t longest = 1024;  // no name is so long in any spelling, and no more than that is copied

}  // namespace

std::optional<StringId> HostNames::find(std::string_view text) {
  if (text.empty() || text.size() > longest) return std::nullopt;
  if (recent_.empty()) recent_.resize(slots);
  StringId& recent = recent_[std::hash<std::string_view>{}(text) % slots];
  if (recent != 0 && strings_[recent] == text) return recent;
  const auto name = DomainName::parse(text);
  if (!name) return std::nullopt;
  const StringId id = strings_.intern(name->spelling());
  if (name->spelling() == text) recent = id;
  return id;
}

}  // namespace egressc
