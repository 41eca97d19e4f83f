// URLs and host:port as places on the network.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "egressc/address.h"
#include "egressc/observation.h"

namespace egressc {

// Either a host name, as written and not yet known to be a valid one, or an address. port 0: not said.
struct Endpoint {
  std::string_view host;
  std::optional<Address> address;
  std::uint16_t port = 0;
  std::uint8_t protocol = ip_protocol::unknown;
};

// 1..65535 in decimal, at most five digits.
std::optional<std::uint16_t> parse_port(std::string_view text);

// "name", "name:port", an address, "[IPv6]" and "[IPv6]:port". nullopt for anything else, also for what some resolvers
// take for an IPv4 address though it is no dotted quad: 0x7f.1, 2130706433.
std::optional<Endpoint> parse_host_port(std::string_view text);

// scheme://[userinfo@]host[:port], and anything after the first of "/?#". Where no port is written the scheme tells it;
// an unknown scheme needs one.
std::optional<Endpoint> parse_url(std::string_view text);

// The same for a URL in running text: `scheme` stands before "://" and `rest` behind it; `rest` may go on after the
// URL. `length` becomes how many bytes of `rest` the authority takes.
std::optional<Endpoint> parse_url_in_text(std::string_view scheme, std::string_view rest, std::size_t& length);

}  // namespace egressc
