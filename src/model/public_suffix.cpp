#include "model/public_suffix.h"

#include <libpsl.h>

namespace egressc {

// psl_latest() would read a file of the host, and the output would depend on it.

bool is_registry_suffix(const std::string& name) {
  return psl_is_public_suffix2(psl_builtin(), name.c_str(), PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
}

bool is_private_suffix(const std::string& name) {
  return psl_is_public_suffix2(psl_builtin(), name.c_str(), PSL_TYPE_PRIVATE | PSL_TYPE_NO_STAR_RULE) != 0;
}

}  // namespace egressc
