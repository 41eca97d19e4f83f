// The public suffix list, as libpsl was built with it.
#pragma once

#include <string>
#include <string_view>

namespace egressc {

// `name` is lower case, as DomainName::key() without "*.".
bool is_registry_suffix(const std::string& name);
bool is_private_suffix(const std::string& name);

}  // namespace egressc
