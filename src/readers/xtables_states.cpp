#include "readers/xtables_states.h"

#include <cstdint>

#include "readers/xtables_values.h"

namespace egressc::readers {
namespace {

enum Flag : std::uint8_t { fin = 1, syn = 2, rst = 4, psh = 8, ack = 16, urg = 32, all = 63 };

struct NamedFlag {
  std::string_view name;
  std::uint8_t bits;
};

constexpr NamedFlag flags[] = {{"FIN", fin}, {"SYN", syn}, {"RST", rst}, {"PSH", psh},
                               {"ACK", ack}, {"URG", urg}, {"ALL", all}, {"NONE", 0}};

std::optional<unsigned> parse_flags(std::string_view list) {
  unsigned bits = 0;
  do {
    const std::string_view item = take_item(list, ',');
    const NamedFlag* found = nullptr;
    for (const NamedFlag& flag : flags)
      if (flag.name == item) found = &flag;
    if (!found) return std::nullopt;
    bits |= found->bits;
  } while (!list.empty());
  return bits;
}

}  // namespace

States parse_states(std::span<const std::string_view> lists) {
  States states;
  for (std::string_view rest : lists) {
    do {
      const std::string_view state = take_item(rest, ',');
      if (state == "NEW")
        states.new_flow = true;
      else if (state == "UNTRACKED")
        states.untracked = true;
      else if (state != "ESTABLISHED" && state != "RELATED" && state != "INVALID")
        states.unknown = true;
    } while (!rest.empty());
  }
  return states;
}

std::optional<bool> opening_flags_match(std::string_view mask, std::string_view set) {
  const auto looked_at = parse_flags(mask);
  const auto wanted = parse_flags(set);
  if (!looked_at || !wanted) return std::nullopt;
  constexpr unsigned either = psh | urg;  // with data in the first segment they may be there
  if ((*looked_at & syn & ~either) != (*wanted & ~either)) return false;
  if ((*looked_at & either) != 0) return std::nullopt;
  return *wanted == (*looked_at & syn);
}

}  // namespace egressc::readers
