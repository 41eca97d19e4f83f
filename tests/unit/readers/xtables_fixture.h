// What xtables rules mean, flow by flow.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "egressc/readers.h"

namespace egressc::xtables_tests {

enum class Verdict3 { allowed, denied, undecided };
inline constexpr auto allowed = Verdict3::allowed;
inline constexpr auto denied = Verdict3::denied;
inline constexpr auto undecided = Verdict3::undecided;

inline constexpr std::uint32_t none = no_id;

inline FlowPoint flow(std::uint32_t uid, std::uint8_t protocol, std::string_view to, unsigned port,
                      std::uint32_t gid = 100) {
  return {uid, uid == none ? none : gid, false, protocol, parse_address(to).value(), static_cast<std::uint16_t>(port)};
}

inline FlowPoint local(FlowPoint point) {
  point.loopback = true;
  return point;
}

inline FlowSpace universe(Family family) {
  FlowBox box;
  box.addresses = range_of(parse_prefix(family == Family::ipv4 ? "0.0.0.0/0" : "::/0").value());
  return FlowSpace(box);
}

inline Meaning meaning_of(std::string_view text, Family family, const IpSets* sets = nullptr) {
  Diagnostics diagnostics;
  const auto filter = read_iptables(text, "rules", family, diagnostics, sets);
  INFO(diagnostics.render(false));
  REQUIRE(filter);
  return evaluate(*filter, universe(family));
}

inline Verdict3 verdict(const Meaning& meaning, const FlowPoint& point) {
  if (meaning.least.contains(point)) return allowed;
  return meaning.most.contains(point) ? undecided : denied;
}

inline IpSets sets_of(std::string_view text) {
  Diagnostics diagnostics;
  const auto sets = read_ipsets(text, "sets", diagnostics);
  INFO(diagnostics.render(false));
  REQUIRE(sets);
  return *sets;
}

// A file of tests/data/xtables. Meson runs tests in the build directory, from which __FILE__ leads here.
inline std::string dump(const std::string& name) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../data/xtables" / name;
  std::ifstream file(path);
  REQUIRE_MESSAGE(file.is_open(), path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace egressc::xtables_tests
