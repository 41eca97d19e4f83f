// The phrase book: what the rooms print again and again, in one form.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"

namespace egressc {

struct FlowBox;
struct FlowPoint;
struct Grant;

// Counts and lists.

// "1 line", "2 lines".
inline std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count).append(" ").append(count == 1 ? one : many);
}
// The same of a noun that takes an "s": "1 grant", "2 grants".
inline std::string counted(std::uint64_t count, std::string_view noun) {
  return plural(count, noun, std::string(noun) + 's');
}

// Adds `more` to a list in words; nothing where it is empty.
inline void add_part(std::string& text, std::string_view more, std::string_view between = ", ") {
  if (!text.empty() && !more.empty()) text += between;
  text += more;
}

// A number and what it counts.
using Counted = std::pair<std::uint64_t, std::string_view>;
// "412 granted, 3 for review": those that are not zero; "" if all are.
inline std::string counts_text(std::span<const Counted> counts) {
  std::string text;
  for (const auto& [count, what] : counts)
    if (count != 0) add_part(text, std::to_string(count).append(" ").append(what));
  return text;
}

// The elements with `between` between them: `text_of(element)` is a text.
template <typename List, typename TextOf>
std::string joined(const List& list, std::string_view between, TextOf text_of) {
  std::string text;
  bool is_first = true;
  for (const auto& element : list) {
    if (!is_first) text += between;
    is_first = false;
    text += text_of(element);
  }
  return text;
}
// Of texts, or of what has a to_string(): "192.0.2.1, 192.0.2.2", "tcp/443, udp/443".
template <typename List>
std::string joined(const List& list, std::string_view between = ", ") {
  return joined(list, between, [](const auto& element) {
    if constexpr (std::is_convertible_v<decltype(element), std::string_view>)
      return std::string_view(element);
    else
      return to_string(element);
  });
}

// " and 3 more"; "" for none.
inline std::string and_more(std::size_t count) {
  return count == 0 ? std::string() : " and " + std::to_string(count) + " more";
}
// "a, b and 3 more": the first `most` of a list.
template <typename T>
std::string first_of(const std::vector<T>& list, std::size_t most) {
  const std::size_t shown = std::min(most, list.size());
  return joined(std::span(list).first(shown)) + and_more(list.size() - shown);
}

template <typename T>
void sort_unique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

// Colors of a terminal (ECMA-48, 8.3.117).

struct Style {
  static constexpr std::string_view bold = "\033[1m";
  static constexpr std::string_view dim = "\033[2m";
  static constexpr std::string_view red = "\033[31m";
  static constexpr std::string_view green = "\033[32m";
  static constexpr std::string_view yellow = "\033[33m";
  static constexpr std::string_view magenta = "\033[35m";
  static constexpr std::string_view cyan = "\033[36m";
  static constexpr std::string_view bold_red = "\033[1;31m";
  static constexpr std::string_view bold_green = "\033[1;32m";
  static constexpr std::string_view bold_yellow = "\033[1;33m";
};
// The text in that style if `color`, else as it is.
inline std::string painted(std::string_view style, std::string_view text, bool color) {
  return color ? std::string(style).append(text).append("\033[0m") : std::string(text);
}

// Who.

// The ids of packets that a socket made; one that no socket made has no_id twice.
inline constexpr IdRange every_id{0, no_id - 1};

// "1001", "2000-2015", as in a policy. The id of packets that no socket made (no_id) is none of anybody's, and left out
// of a range that ends with it; alone it is "none".
std::string id_text(const IdRange& ids);
// "uid 1001, 2000-2015"; "" without ranges.
std::string ids_text(std::string_view word, std::span<const IdRange> ranges);
// "uid 1001, 2000-2015", "uid 3000 gid 7"; "" without both.
std::string who_text(std::span<const IdRange> uids, std::span<const IdRange> gids, std::string_view between = " ");
// Of a packet: "uid 1001 gid 7"; "uid 1001" where the gid is not known (no_id).
std::string who_text(std::uint32_t uid, std::uint32_t gid, std::string_view between = " ");

// Where to.

// "api.example.com", "*.example.com (live)"; `otherwise` where there is no name. Names may come from a log.
std::string destination_text(std::span<const std::string> names, bool live, std::string_view otherwise);
// "203.0.113.0/24", "api.example.com, www.example.com" as they are spelled; "" where a grant leads nowhere yet.
std::string destination_text(const Grant& grant, std::string_view between = ", ");

// "IPv4", "IPv6".
inline std::string_view family_text(Family family) { return family == Family::ipv4 ? "IPv4" : "IPv6"; }

// By what.

// "443", "1000-2000"; packet filters write "1000:2000".
std::string port_text(const PortRange& ports, char between = '-');
// Types and codes as FlowPoint::port has them: "type 8", "type 3-4"; of some codes "type 3/1", "type 3/1-3/4".
std::string icmp_type_text(const PortRange& types);
// IP protocol numbers: "tcp", "udp", "icmp", "icmpv6"; "" for any other.
std::string_view protocol_name(std::uint8_t protocol);
// The same; any other by its number, and "?" where no log tells it (ip_protocol::unknown).
inline std::string protocol_text(std::uint8_t protocol) {
  if (protocol == ip_protocol::unknown) return "?";
  const std::string_view name = protocol_name(protocol);
  return name.empty() ? std::to_string(protocol) : std::string(name);
}

// Flows.

// "tcp/443", "udp/53", "icmp", "132".
std::string service_text(std::uint8_t protocol, std::uint16_t port);
// "tcp/443", "udp", "icmp echo-request", "icmp type 3/1", "icmpv6, any type", "protocol 132", "any protocol".
std::string service_text(const FlowBox& box);
// "tcp/443 198.51.100.7", "icmp 192.0.2.1", "132 192.0.2.1", and " lo" where it leaves by the loopback interface.
std::string to_string(const FlowPoint& flow);

// Places and hashes.

// "policy.yaml:8:9", as far as it is known.
inline std::string place_text(const Location& where) {
  std::string text = printable(where.file, 4096);
  if (where.line != 0) text.append(":").append(std::to_string(where.line));
  if (where.column != 0) text.append(":").append(std::to_string(where.column));
  return text;
}
// The first `bytes` of the SHA-256 of a text, at most 32, as hex digits.
std::string sha256_hex(std::string_view text, std::size_t bytes = 32);

}  // namespace egressc
