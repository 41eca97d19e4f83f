#include "model/guard_places.h"

#include <algorithm>

#include "model/policy_destination.h"

namespace egressc {
namespace {

constexpr Prefix v4(std::uint32_t address, std::uint8_t length) { return {{Family::ipv4, 0, address}, length}; }
constexpr Prefix v6(std::uint64_t high, std::uint64_t low, std::uint8_t length) {
  return {{Family::ipv6, high, low}, length};
}

constexpr Prefix any[] = {v4(0, 0), v6(0, 0, 0)};
// RFC 1918, RFC 6598 (carriers), RFC 4193 (unique local)
constexpr Prefix private_networks[] = {v4(0x0a000000, 8), v4(0xac100000, 12), v4(0xc0a80000, 16), v4(0x64400000, 10),
                                       v6(0xfc00000000000000, 0, 7)};
constexpr Prefix loopback[] = {v4(0x7f000000, 8), v6(0, 1, 128)};                     // RFC 1122, RFC 4291
constexpr Prefix link_local[] = {v4(0xa9fe0000, 16), v6(0xfe80000000000000, 0, 10)};  // RFC 3927, RFC 4291
constexpr Prefix multicast[] = {v4(0xe0000000, 4), v6(0xff00000000000000, 0, 8)};     // RFC 5771, RFC 4291

struct Group {
  std::string_view word;
  std::span<const Prefix> prefixes;
};
constexpr Group groups[] = {
    {"any", any},
    {"private", private_networks},
    {"loopback", loopback},
    {"link-local", link_local},
    {"multicast", multicast},
};

bool add_group(std::string_view word, GuardPlaces& places) {
  if (word == "metadata") {
    for (const Address& address : metadata_addresses()) places.prefixes.push_back(single(address));
    return true;
  }
  for (const Group& group : groups) {
    if (group.word != word) continue;
    places.prefixes.insert(places.prefixes.end(), group.prefixes.begin(), group.prefixes.end());
    return true;
  }
  return false;
}

void read_one(const PolicyInput& input, NodeId node, std::string_view what, GuardPlaces& places) {
  const auto text = input.text(node, what);
  if (!text || add_group(*text, places)) return;
  if (*text == "*" || *text == "all" || *text == "everything")
    return input.error(node, fmt::format("{}: \"{}\" is no word of a guard", what, *text), "any");
  Grant read;
  read_destination(input, node, read);
  if (read.prefix) places.prefixes.push_back(*read.prefix);
  places.names.insert(places.names.end(), read.names.begin(), read.names.end());
}

template <typename T>
void sort_unique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

}  // namespace

void read_places(const PolicyInput& input, NodeId node, std::string_view what, GuardPlaces& places) {
  if (input.tree.kind(node) == NodeKind::scalar) {
    read_one(input, node, what, places);
  } else {
    input.each(node, "a name, an address, a prefix, or a list of those",
               [&](NodeId element) { read_one(input, element, what, places); });
    if (input.tree.kind(node) == NodeKind::list && input.tree.first(node) == no_node)
      input.error(node, fmt::format("{}: an empty list is about nothing", what), "list what it is about");
  }
  sort_unique(places.names);
  sort_unique(places.prefixes);
}

}  // namespace egressc
