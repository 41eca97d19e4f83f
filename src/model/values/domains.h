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

// Domains of platforms as the public suffix list has them, parted by blanks; those of the table are left out.
std::string_view private_suffixes();

}  // namespace egressc::model
