#include "classify.h"

namespace egressc {
namespace {

// RFC 2131, 4.1 and RFC 8415, 7.2: the ports of DHCP servers.
constexpr std::uint16_t dhcp_server = 67, dhcpv6_server = 547;

}  // namespace

std::optional<Reason> reason_of_destination(const Address& to, std::uint8_t protocol, std::uint16_t port) {
  if (is_metadata(to)) return Reason::metadata;
  if (is_multicast(to) || is_broadcast(to) || is_link_local(to) || is_unspecified(to)) return Reason::noise;
  if (protocol == ip_protocol::udp && port == (to.family == Family::ipv4 ? dhcp_server : dhcpv6_server))
    return Reason::noise;
  return std::nullopt;
}

bool is_inside(const Address& address) { return is_loopback(address) || is_private(single(address)); }

bool is_grantable_protocol(std::uint8_t protocol) {
  return protocol == ip_protocol::tcp || protocol == ip_protocol::udp || protocol == ip_protocol::icmp ||
         protocol == ip_protocol::icmpv6 || protocol == ip_protocol::unknown;
}

std::optional<Reason> reason_for_review(const Attempt& attempt, const LearnOptions& options) {
  const AttemptKey& key = attempt.key;
  if (const auto reason = reason_of_destination(key.to, key.protocol, key.port)) return reason;
  if (!is_grantable_protocol(key.protocol)) return Reason::noise;
  if (key.uid == no_id) return Reason::no_subject;

  const std::uint64_t by_kernel = attempt.passed(Trust::kernel);
  const std::uint64_t by_packet = attempt.passed(Trust::packet) - by_kernel;
  const std::uint64_t packets_denied = attempt.denied(Trust::packet) - attempt.denied(Trust::kernel);
  // audit sees the call, not the verdict: where packet records tell, they decide.
  const bool passed = by_packet != 0 || (by_kernel != 0 && packets_denied == 0);
  const bool denied = attempt.denied(Trust::packet) != 0;

  if (!passed && denied) {
    if (!options.include_denied) return Reason::denied;
  } else if (!passed && attempt.unsent() != 0) {
    return Reason::unsent;
  }
  if (options.least == Trust::claimed) return std::nullopt;
  const bool trusted =
      attempt.passed(options.least) != 0 || (options.include_denied && attempt.denied(options.least) != 0);
  return trusted ? std::nullopt : std::optional(Reason::claimed);
}

Service service_of(std::uint8_t protocol, std::uint16_t port, Protocol assumed) {
  switch (protocol) {
    case ip_protocol::icmp:
      return {Protocol::icmp, {}};
    case ip_protocol::icmpv6:
      return {Protocol::icmpv6, {}};
    case ip_protocol::tcp:
      return {Protocol::tcp, {port, port}};
    case ip_protocol::udp:
      return {Protocol::udp, {port, port}};
    default:
      return {assumed, {port, port}};
  }
}

}  // namespace egressc
