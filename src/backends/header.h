// The comment at the top of every ruleset.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "egressc/ruleset.h"

namespace egressc {

// What the ruleset is made of and does, then `advice` on how to load it, a line each.
std::string header(const Ruleset& ruleset, std::initializer_list<std::string_view> advice);

}  // namespace egressc
