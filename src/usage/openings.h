// Where a grant lets its subject go.
#pragma once

#include <vector>

#include "egressc/policy.h"
#include "usage/cells.h"

namespace egressc::counting {

// Services that mean the same are the same: tcp and udp apart, ranges that overlap or touch joined, sorted.
std::vector<Service> joined(const std::vector<Service>& services);

// Every place that `services` at `prefixes` are, disjoint.
std::vector<Place> openings(std::vector<Prefix> prefixes, const std::vector<Service>& services);

}  // namespace egressc::counting
