#include "sources/envelope/recent.h"

#include <algorithm>

#include "egressc/name.h"
#include "sources/envelope/text.h"

namespace egressc::sources {

StringId HostNames::find(std::string_view text) {
  constexpr std::size_t slots = 16384;
  constexpr std::size_t longest = 1024;  // no name is so long in any spelling, and no more than that is copied
  if (text.empty() || text.size() > longest) return 0;
  if (recent_.empty()) recent_.resize(slots);
  StringId& recent = recent_[std::hash<std::string_view>{}(text) % slots];
  if (recent != 0 && strings_[recent] == text) return recent;
  const auto name = DomainName::parse(text);
  if (!name) return 0;
  const StringId id = strings_.intern(name->spelling());
  if (name->spelling() == text) recent = id;
  return id;
}

StringId HostNames::find_lower(std::string_view text) {
  lower_.assign(text);
  std::transform(lower_.begin(), lower_.end(), lower_.begin(), to_lower);
  return find(lower_);
}

}  // namespace egressc::sources
