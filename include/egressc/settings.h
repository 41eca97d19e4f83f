// What a policy settles for all of its subjects: the words of egressc-policy(5) that a ruleset has too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace egressc {

enum class Scope : std::uint8_t { host, subjects };
enum class Deny : std::uint8_t { reject, drop };
enum class Mode : std::uint8_t { enforce, monitor };
enum class Established : std::uint8_t { keep, cut };
enum class Baseline : std::uint8_t { ndp, mld, dhcp, icmp_errors, loopback };

// As in the policy file: "icmp-errors".
std::string_view to_string(Scope scope);
std::string_view to_string(Deny deny);
std::string_view to_string(Mode mode);
std::string_view to_string(Established established);
std::string_view to_string(Baseline baseline);

// How denials are logged.
struct LogRule {
  std::uint16_t nflog = 5;     // group; 1..65535
  std::uint32_t rate = 10;     // packets …
  std::string per = "second";  // … per second, minute, hour or day
  bool operator==(const LogRule&) const = default;
};

}  // namespace egressc
