// The table of providers.
#pragma once

#include <span>
#include <string_view>

#include "egressc/name.h"

namespace egressc::model {

// In `domain` a label "*" stands for any one label.
struct Provider {
  std::string_view domain;
  Sharing sharing;
};

std::span<const Provider> providers();

}  // namespace egressc::model
