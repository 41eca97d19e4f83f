#include "readers/nft_icmp.h"

#include <span>
#include <string_view>

namespace egressc::readers {
namespace {

struct IcmpType {
  std::string_view name;
  std::uint8_t number;
};

// RFC 792
constexpr IcmpType types_4[] = {
    {"destination-unreachable", 3}, {"echo-request", 8}, {"time-exceeded", 11}, {"parameter-problem", 12}};

// RFC 4443, RFC 2710, RFC 3810, RFC 4861
constexpr IcmpType types_6[] = {
    {"destination-unreachable", 1}, {"packet-too-big", 2},        {"time-exceeded", 3},
    {"parameter-problem", 4},       {"echo-request", 128},        {"mld-listener-report", 131},
    {"mld-listener-done", 132},     {"nd-router-solicit", 133},   {"nd-neighbor-solicit", 135},
    {"nd-neighbor-advert", 136},    {"mld2-listener-report", 143}};

}  // namespace

std::uint8_t take_icmp_type(NftTokens& tokens, Family family) {
  const std::span<const IcmpType> types =
      family == Family::ipv4 ? std::span<const IcmpType>(types_4) : std::span<const IcmpType>(types_6);
  for (const IcmpType& type : types)
    if (tokens.take(type.name)) return type.number;
  tokens.fail_expected(family == Family::ipv4 ? "a known ICMP type" : "a known ICMPv6 type");
  return 0;
}

}  // namespace egressc::readers
