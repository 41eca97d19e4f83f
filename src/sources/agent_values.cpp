#include "sources/agent_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "egressc/observation.h"

namespace egressc {
namespace {

constexpr double latest = 253402300799.0;  // 9999-12-31T23:59:59Z
// Seconds since 1970 stay below this until the year 5138, and milliseconds were above it in 1973.
constexpr std::int64_t first_not_seconds = 100'000'000'000;

Micros from_whole(std::int64_t number) {
  if (number < 0) return no_time;
  if (number < first_not_seconds) return number * second;
  if (number < first_not_seconds * 1000) return number * 1000;
  if (number < first_not_seconds * 1'000'000) return number;
  return number / 1000;
}

Micros from_fraction(double number) {
  if (!(number >= 0)) return no_time;
  double seconds = number;
  for (int i = 0; i < 3 && seconds >= static_cast<double>(first_not_seconds); ++i) seconds /= 1000;
  return seconds <= latest ? std::llround(seconds * static_cast<double>(second)) : no_time;
}

}  // namespace

std::optional<std::uint32_t> parse_id(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == no_id) return std::nullopt;
  return value;
}

std::uint8_t parse_ip_protocol(std::string_view text) {
  struct Name {
    std::string_view text;
    std::uint8_t protocol;
  };
  static constexpr Name names[] = {
      {"tcp", ip_protocol::tcp},         {"udp", ip_protocol::udp},  {"tcp4", ip_protocol::tcp},
      {"tcp6", ip_protocol::tcp},        {"udp4", ip_protocol::udp}, {"udp6", ip_protocol::udp},
      {"6", ip_protocol::tcp},           {"17", ip_protocol::udp},   {"ip_tcp", ip_protocol::tcp},
      {"ip_udp", ip_protocol::udp},      {"quic", ip_protocol::udp}, {"icmp", ip_protocol::icmp},
      {"icmpv6", ip_protocol::icmpv6},   {"1", ip_protocol::icmp},   {"58", ip_protocol::icmpv6},
      {"ipv6-icmp", ip_protocol::icmpv6}};
  for (const Name& name : names)
    if (equals_lower(text, name.text)) return name.protocol;
  return ip_protocol::unknown;
}

Micros parse_agent_time(std::string_view text, int utc_offset_minutes) {
  if (text.size() > 4 && text[4] == '-') return parse_iso_time(text, utc_offset_minutes).value_or(no_time);
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto parsed = std::from_chars(text.data(), end, whole); parsed.ec == std::errc{} && parsed.ptr == end)
    return from_whole(whole);
  double fraction = 0;
  if (const auto parsed = std::from_chars(text.data(), end, fraction); parsed.ec == std::errc{} && parsed.ptr == end)
    return from_fraction(fraction);
  return no_time;
}

bool equals_lower(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return to_lower(a) == b; });
}

}  // namespace egressc
