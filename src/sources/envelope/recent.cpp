#include "sources/envelope/recent.h"

#include "egressc/name.h"
#include "sources/envelope/text.h"

namespace egressc::sources {

std::uint8_t protocol_named(std::string_view name) {
  struct Row {
    std::string_view name;
    std::uint8_t protocol;
  };
  static constexpr Row rows[] = {{"tcp", ip_protocol::tcp},
                                 {"udp", ip_protocol::udp},
                                 {"icmp", ip_protocol::icmp},
                                 {"icmpv6", ip_protocol::icmpv6},
                                 {"ipv6-icmp", ip_protocol::icmpv6}};
  for (const Row& row : rows)
    if (equals_lower(name, row.name)) return row.protocol;
  return ip_protocol::unknown;
}

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
  for (char& c : lower_) c = to_lower(c);
  return find(lower_);
}

}  // namespace egressc::sources
