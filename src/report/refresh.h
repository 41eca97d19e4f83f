// What `egressc refresh` tells of what it does.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "refresh/refresh.h"

namespace egressc {

// A line for each change; names that failed for the same reason, or answered again, share one.
std::string describe_refresh(std::span<const RefreshEvent> events, const RefreshLimits& limits);

// An object of JSON on a line for each, as egressc-refresh(1) says.
std::string describe_refresh_json(std::span<const RefreshEvent> events);

}  // namespace egressc
