#include "egressc/refresh.h"

namespace egressc {

bool is_inside_address(const Address& address) {
  return is_loopback(address) || is_private(single(address)) || is_multicast(address) || is_unspecified(address) ||
         is_broadcast(address) || is_metadata(address);
}

}  // namespace egressc
