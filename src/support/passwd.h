// Names of users and groups from a file in the format of passwd(5) or group(5), never from the host's own data base.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"

namespace egressc {

using NameIds = std::map<std::string, std::uint32_t, std::less<>>;

// The first and third field of each line. Wrong lines are errors in `diagnostics`, where `file` names the text.
NameIds parse_name_ids(std::string_view text, const std::string& file, Diagnostics& diagnostics);

// A Failure if the file cannot be read.
Result<NameIds> read_name_ids(const std::string& path, Diagnostics& diagnostics);

}  // namespace egressc
