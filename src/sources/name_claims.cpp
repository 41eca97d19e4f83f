#include "sources/name_claims.h"

#include <algorithm>

namespace egressc {

bool NameClaims::claim(std::string_view name, const Address& client, std::uint16_t client_port, Micros at) {
  static constexpr std::string_view address_bytes = "0123456789abcdefABCDEF.:";
  constexpr int most = 4;
  int found = 0;
  for (std::size_t start = 0; start < name.size() && found < most;) {
    const std::size_t stop = std::min(name.find_first_of(" ,;/=()[]<>\"'", start), name.size());
    std::string_view token = name.substr(start, stop - start);
    start = stop + 1;
    if (token.ends_with('.')) token.remove_suffix(1);
    if (token.size() < 2 || token.find_first_not_of(address_bytes) != token.npos) continue;
    const auto address = addresses_.parse(token);
    if (!address) continue;
    ++found;
    add(*address, client, client_port, at);
  }
  return found != 0;
}

void NameClaims::add(const Address& to, const Address& client, std::uint16_t client_port, Micros at) {
  // A and AAAA are asked for one after the other.
  const auto& claims = observations_.claims;
  if (!claims.empty() && claims.back().to == to && claims.back().client == client &&
      claims.back().client_port == client_port && client_port != 0)
    return;
  Claim claim;
  claim.at = at;
  claim.to = to;
  claim.has_address = true;
  claim.damaged = true;
  claim.client = client;
  claim.client_port = client_port;
  observations_.claims.push_back(claim);
}

}  // namespace egressc
