#include "support/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace egressc {

Result<std::uint32_t> random_number() {
  std::uint32_t number = 0;
  if (getrandom(&number, sizeof number, 0) == sizeof number) return number;
  return Failure{std::string("no random number: ") + std::strerror(errno)};
}

}  // namespace egressc
